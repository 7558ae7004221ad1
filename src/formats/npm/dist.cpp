#include "formats/npm/dist.h"

#include "formats/json_cursor.h"

namespace artifactapi::formats::npm {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class Reader {
 public:
  Reader(std::string_view document, const TakeDist& take) : cursor_(document), take_(take) {}

  // True: it is an object, as far as it was wanted.
  bool run(DistPlace place) {
    if (!cursor_.enter('{')) return false;
    std::string name;
    while (!done_ && cursor_.next_member(name)) {
      const bool looked_into = place == DistPlace::Top || name == "versions";
      if (!looked_into) {
        cursor_.value();
      } else if (place == DistPlace::Top) {
        read_member(name);
      } else {
        read_versions();
      }
    }
    return done_ || cursor_.at_end();
  }

 private:
  void read_versions() {
    if (!cursor_.enter('{')) {
      cursor_.value();
      return;
    }
    std::string version;
    while (!done_ && cursor_.next_member(version)) read_version();
  }

  void read_version() {
    if (!cursor_.enter('{')) {
      cursor_.value();
      return;
    }
    std::string name;
    while (!done_ && cursor_.next_member(name)) read_member(name);
  }

  void read_member(const std::string& name) {
    const bool is_dist = name == "dist" && cursor_.next_byte() == '{';
    const auto written = cursor_.value();
    if (is_dist && !cursor_.failed()) done_ = !take_(written);
  }

  JsonCursor cursor_;
  const TakeDist& take_;
  bool done_ = false;
};

}  // namespace

Result<> each_dist(std::string_view document, DistPlace place, const TakeDist& take) {
  if (document.starts_with(kByteOrderMark)) document.remove_prefix(kByteOrderMark.size());
  if (Reader(document, take).run(place)) return {};
  return fail(Code::BadPeer, "what upstream has there is no document of a package: it is no JSON object");
}

bool each_field(std::string_view dist, const TakeField& take) {
  JsonCursor cursor(dist);
  const auto read = [&](DistField field) {
    const auto written = cursor.value();
    if (written.starts_with('"')) take(field, written);
  };
  std::string name;
  if (!cursor.enter('{')) return false;
  while (cursor.next_member(name)) {
    if (name == "tarball") {
      read(DistField::Tarball);
    } else if (name == "integrity") {
      read(DistField::Integrity);
    } else if (name == "shasum") {
      read(DistField::Shasum);
    } else if (name == "attestations" && cursor.enter('{')) {
      while (cursor.next_member(name)) {
        if (name == "url") {
          read(DistField::AttestationsUrl);
        } else {
          cursor.value();
        }
      }
    } else {
      cursor.value();
    }
  }
  return cursor.at_end();
}

std::string short_text(std::string_view written) {
  if (written.size() < 2 || written.size() > kMostTextBytes) return {};
  const bool is_plain = !written.contains('\\');
  return is_plain ? std::string(written.substr(1, written.size() - 2)) : json_text(written);
}

}  // namespace artifactapi::formats::npm
