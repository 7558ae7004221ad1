#include "formats/npm/package_document.h"

#include "formats/npm/dist.h"
#include "formats/npm/tarball_link.h"
#include "formats/piece_buffer.h"
#include "http/json_string.h"

#include <cstddef>
#include <optional>

namespace artifactapi::formats::npm {

namespace {

// Copies the document, but for the links.
class Rewriting {
 public:
  Rewriting(const RenditionAsked& asked, RenditionSink& sink)
      : asked_(asked), package_(subject_of(asked).package), out_(sink) {}

  Result<> run(DistPlace place) {
    bool broken = false;
    const auto take = [&](std::string_view dist) {
      broken = !each_field(dist, [this](DistField field, std::string_view written) { lead(field, written); });
      return !broken;
    };
    auto read = each_dist(asked_.original, place, take);
    if (read && broken) read = fail(Code::BadPeer, "what upstream says of a tarball is no JSON object");
    if (!read) return read;
    copy_to(asked_.original.size());
    out_.finish();
    return {};
  }

 private:
  [[nodiscard]] std::optional<LinkTarget> target(DistField field, std::string_view written) const {
    switch (field) {
      case DistField::Tarball: return tarball_target(asked_, package_, short_text(written));
      case DistField::AttestationsUrl: return target_of(asked_, short_text(written));
      case DistField::Integrity:
      case DistField::Shasum: break;
    }
    return std::nullopt;
  }

  void lead(DistField field, std::string_view written) {
    const auto found = target(field, written);
    if (!found) return;
    const auto from = static_cast<std::size_t>(written.data() - asked_.original.data());
    copy_to(from);
    http::append_json_string(out_.text(), through_us(asked_, *found));
    copied_ = from + written.size();
  }

  void copy_to(std::size_t end) {
    out_.copy(asked_.original.substr(copied_, end - copied_));
    copied_ = end;
  }

  const RenditionAsked& asked_;
  std::string package_;
  PieceBuffer out_;
  std::size_t copied_ = 0;
};

Result<Rendered> render(const RenditionAsked& asked, DistPlace place, std::uint64_t most,
                        RenditionSink& sink) {
  if (asked.original.size() > most) return fail(Code::BadPeer, "upstream's document is too large");
  const auto done = Rewriting(asked, sink).run(place);
  if (!done) return std::unexpected(done.error());
  return Rendered{};
}

}  // namespace

Result<Rendered> render_package(const RenditionAsked& asked, RenditionSink& sink) {
  return render(asked, DistPlace::EachVersion, kMostPackageBytes, sink);
}

Result<Rendered> render_version(const RenditionAsked& asked, RenditionSink& sink) {
  return render(asked, DistPlace::Top, kMostVersionBytes, sink);
}

}  // namespace artifactapi::formats::npm
