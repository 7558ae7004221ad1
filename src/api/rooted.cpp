#include "api/rooted.h"

#include "api/errors.h"

#include <set>
#include <utility>

namespace artifactapi::api {

using runtime::Task;
using Kind = formats::Resolved::Kind;

Task<Response> Rooted::serve(const formats::ApiRoot& root,
                             std::shared_ptr<const repository::Repositories> repositories,
                             const http::Request& request, const RequestContext& context) {
  auto response = co_await answer(root, std::move(repositories), request, context);
  for (const auto& [name, value] : root.fixed) response.headers.set(name, value);
  co_return response;
}

Task<Response> Rooted::answer(const formats::ApiRoot& root,
                              std::shared_ptr<const repository::Repositories> repositories,
                              const http::Request& request, const RequestContext& context) {
  const ErrorStyle errors{root.error_body};
  auto target = http::canonicalise(std::string_view(request.target).substr(root.prefix.size()));
  if (!target) co_return error_response(target.error(), context.request_id, errors);
  const auto candidates = repositories->below(root);
  auto resolved = root.resolve(*target, candidates);
  if (resolved.kind == Kind::Place) {
    const auto* repository = repositories->find(candidates[resolved.at].name);
    auto response = co_await artifacts_.serve(repositories, *repository, std::move(resolved.path), request,
                                              context, errors);
    for (const auto& [name, value] : resolved.headers) response.headers.set(name, value);
    if (!resolved.headers.empty()) response.hot = nullptr;  // memory's answer is without them
    co_return response;
  }
  if (!http::is_get_or_head(request.method)) {
    auto response = error_response(405, "this can be read only", context.request_id, errors);
    response.headers.set("Allow", "GET, HEAD");
    co_return response;
  }
  if (resolved.kind == Kind::Fixed) co_return json_response(200, std::string(resolved.body));
  if (resolved.kind == Kind::Names) co_return co_await names(root, *repositories, *target, context);
  co_return error_response(404, "no repository is meant by this address", context.request_id, errors);
}

Task<Response> Rooted::names(const formats::ApiRoot& root, const repository::Repositories& repositories,
                             const http::CanonicalPath& target, const RequestContext& context) {
  auto look_up = [&] { return stored_names(root, repositories); };
  const auto found = co_await runtime::offload(pool_, look_up);
  if (!found) co_return error_response(found.error(), context.request_id, ErrorStyle{root.error_body});
  auto page = root.render_names(*found, target.query);
  auto response = json_response(200, std::move(page.body));
  if (!page.link.empty()) response.headers.set("Link", page.link);
  co_return response;
}

// Steps from name to name: what one name has stored is not looked through.
Result<std::vector<std::string>> Rooted::stored_names(const formats::ApiRoot& root,
                                                      const repository::Repositories& repositories) {
  std::set<std::string> found;
  for (const auto& candidate : repositories.below(root)) {
    std::optional<std::string> cursor;
    while (found.size() < kMostNames) {
      const auto page = catalog_.list(candidate.name, cursor, 1);
      if (!page) return std::unexpected(page.error());
      if (page->rows.empty()) break;
      auto of_key = root.name_of_key(page->rows.front().key);
      if (!of_key.name.empty()) found.insert(std::string(candidate.name) + "/" + of_key.name);
      cursor = std::move(of_key.skip_to);
    }
  }
  return std::vector<std::string>(found.begin(), found.end());
}

}  // namespace artifactapi::api
