#include "http/date.h"

#include "http/characters.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace artifactapi::http {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 7> kShortDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Takes fields of known width off the front of a date; once something is missing, nothing is right any more.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : rest_(text) {}

  void literal(std::string_view expected) {
    if (rest_.starts_with(expected)) {
      rest_.remove_prefix(expected.size());
    } else {
      failed_ = true;
    }
  }

  int number(std::size_t width, bool space_padded = false) {
    if (rest_.size() < width) failed_ = true;
    int value = 0;
    for (std::size_t i = 0; i < width && !failed_; ++i) {
      const char c = space_padded && i == 0 && rest_[0] == ' ' ? '0' : rest_[i];
      failed_ = !is_digit(c);
      value = value * 10 + (c - '0');
    }
    if (!failed_) rest_.remove_prefix(width);
    return value;
  }

  // Which of the names stands here, from 0.
  template <std::size_t N>
  int one_of(const std::array<std::string_view, N>& names) {
    for (std::size_t i = 0; i < N; ++i) {
      if (!rest_.starts_with(names[i])) continue;
      rest_.remove_prefix(names[i].size());
      return static_cast<int>(i);
    }
    failed_ = true;
    return 0;
  }

  [[nodiscard]] bool complete() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

struct Fields {
  int year = 0;
  int month = 0;  // from 0
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

void read_clock(DateReader& in, Fields& out) {
  out.hour = in.number(2);
  in.literal(":");
  out.minute = in.number(2);
  in.literal(":");
  out.second = in.number(2);
}

// "Sun, 06 Nov 1994 08:49:37 GMT"
bool read_imf_fixdate(DateReader in, Fields& out) {
  in.one_of(kShortDays);
  in.literal(", ");
  out.day = in.number(2);
  in.literal(" ");
  out.month = in.one_of(kMonths);
  in.literal(" ");
  out.year = in.number(4);
  in.literal(" ");
  read_clock(in, out);
  in.literal(" GMT");
  return in.complete();
}

// "Sunday, 06-Nov-94 08:49:37 GMT"
bool read_rfc850_date(DateReader in, Fields& out) {
  in.one_of(kLongDays);
  in.literal(", ");
  out.day = in.number(2);
  in.literal("-");
  out.month = in.one_of(kMonths);
  in.literal("-");
  const int year = in.number(2);
  out.year = year < 70 ? 2000 + year : 1900 + year;
  in.literal(" ");
  read_clock(in, out);
  in.literal(" GMT");
  return in.complete();
}

// "Sun Nov  6 08:49:37 1994"
bool read_asctime_date(DateReader in, Fields& out) {
  in.one_of(kShortDays);
  in.literal(" ");
  out.month = in.one_of(kMonths);
  in.literal(" ");
  out.day = in.number(2, true);
  in.literal(" ");
  read_clock(in, out);
  in.literal(" ");
  out.year = in.number(4);
  return in.complete();
}

std::optional<Time> to_time(const Fields& fields) {
  const year_month_day date{std::chrono::year{fields.year},
                            std::chrono::month{static_cast<unsigned>(fields.month + 1)},
                            std::chrono::day{static_cast<unsigned>(fields.day)}};
  // 60 is a leap second, which the system's clock does not have: the next second.
  if (!date.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 60) return std::nullopt;
  return Time(sys_days(date)) + hours(fields.hour) + minutes(fields.minute) + seconds(fields.second);
}

void put_digits(char* out, int value, int width) {
  for (int i = width - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
}

Time representable(Time time) {
  constexpr Time kFirst = sys_days(std::chrono::year{0} / 1 / 1);
  constexpr Time kLast = sys_days(std::chrono::year{9999} / 12 / 31) + hours(24) - seconds(1);
  return std::clamp(time, kFirst, kLast);
}

}  // namespace

void format_date_into(char (&out)[kDateBytes], Time time) {
  const auto whole = std::chrono::floor<seconds>(representable(time));
  const auto day = std::chrono::floor<days>(whole);
  const year_month_day date(day);
  const auto in_day = static_cast<int>((whole - day).count());
  constexpr std::string_view kShape = "Sun, 06 Nov 1994 08:49:37 GMT";
  std::copy(kShape.begin(), kShape.end(), out);
  const std::string_view weekday = kShortDays.at(std::chrono::weekday(day).c_encoding());
  std::copy(weekday.begin(), weekday.end(), out);
  put_digits(out + 5, static_cast<int>(static_cast<unsigned>(date.day())), 2);
  const std::string_view month = kMonths.at(static_cast<unsigned>(date.month()) - 1);
  std::copy(month.begin(), month.end(), out + 8);
  put_digits(out + 12, static_cast<int>(date.year()), 4);
  put_digits(out + 17, in_day / 3600, 2);
  put_digits(out + 20, in_day / 60 % 60, 2);
  put_digits(out + 23, in_day % 60, 2);
}

std::string format_date(Time time) {
  char out[kDateBytes];
  format_date_into(out, time);
  return std::string(out, kDateBytes);
}

std::optional<Time> parse_date(std::string_view text) {
  text = trim(text);
  Fields fields;
  const DateReader reader(text);
  if (read_imf_fixdate(reader, fields) || read_rfc850_date(reader, fields) ||
      read_asctime_date(reader, fields)) {
    return to_time(fields);
  }
  return std::nullopt;
}

}  // namespace artifactapi::http
