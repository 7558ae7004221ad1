"""Deliberate defects. Each must be caught by a test; if it is not, a promise is not really tested.

`edits` are (file, old text, new text); the old text must occur exactly once. `tests` are process test files (with an optional -k
expression after a blank), `units` a filter of unit tests: what is expected to catch it.
"""

DEFECTS = [
    {
        "name": "the announced length is checked nowhere",
        "edits": [
            ("src/cache/filler_intake.cpp", "if (reply.length && *reply.length != intake.received()) {", "if (reply.length && intake.received() == 0 && *reply.length != 0) {"),
            ("src/transport/plain/body_reader.cpp", "if (kind_ == Kind::UntilClose) closed_ = true;", "closed_ = true;\n  left_ = 0;"),
        ],
        "tests": ["test_never_torn.py"],
    },
    {
        "name": "the last byte is visible before the framing agrees",
        "edits": [("src/cache/fill.cpp", "visible_.store(bytes - 1,", "visible_.store(bytes,")],
        "tests": ["test_fill.py held_back"],
    },
    {
        "name": "credentials follow a redirect to another host",
        "edits": [("src/upstream/http_upstream.cpp", "if (http::same_origin(hop.url, errand.url)) {", "if (!hop.url.host.empty()) {")],
        "tests": ["test_redirects.py credentials", "test_upstream_auth.py redirect"],
    },
    {
        "name": "an artifact is fresh when it has expired",
        "edits": [("src/cache/policy.cpp", "if (now < row->expires_at) return ServeStored{};", "if (now > row->expires_at) return ServeStored{};")],
        "tests": ["test_freshness.py"],
    },
    {
        "name": "an artifact is fresh at the very instant it expires",
        "edits": [("src/cache/policy.cpp", "if (now < row->expires_at) return ServeStored{};", "if (now <= row->expires_at) return ServeStored{};")],
        "units": "BeforeUpstream.*",
    },
    {
        "name": "a follower of a broken download is told that it ended",
        "edits": [("src/cache/fill.cpp", "co_return Progress{fill.visible(), Stream::Broken};", "co_return Progress{fill.visible(), Stream::End};")],
        "tests": ["test_never_torn.py"],
    },
    {
        "name": "patterns see the encoded path",
        "edits": [("src/formats/plan.cpp", "plan.path = std::move(path.decoded);", "plan.path = path.encoded;")],
        "tests": ["test_patterns.py"],
    },
    {
        "name": "a redirect from https to http is followed",
        "edits": [("src/upstream/redirect.cpp", 'if (from.scheme == "https" && target->scheme == "http") {', 'if (from.scheme == "https" && target->scheme == "gopher") {')],
        "tests": ["test_redirects.py https"],
    },
    {
        "name": "private addresses count as public",
        "edits": [("src/transport/address_rules.cpp", "  if (address.is_v4()) return is_public_v4(address.to_v4().to_bytes());", "  if (address.is_v4()) return is_public_v4(address.to_v4().to_bytes()) || address.is_v4();")],
        "tests": ["test_redirects.py private"],
        "units": "AddressRules.*",
    },
    {
        "name": "every answer says that it came from the cache",
        "edits": [("src/cache/artifact_head.cpp", 'return outcome == Outcome::Miss ? "remote" : "cache";', 'return outcome == Outcome::Miss ? "cache" : "cache";')],
        "tests": ["test_headers.py", "test_fill.py every_size"],
    },
    {
        "name": "a stale copy hides an error of the 500s",
        "edits": [("src/cache/policy.cpp", "if (row != nullptr && rules.stale_on.contains(status))", "if (row != nullptr && (status >= 500 || rules.stale_on.contains(status)))")],
        "tests": ["test_freshness.py another_error"],
    },
    {
        "name": "a 304 does not renew",
        "edits": [("src/cache/policy.cpp", "row != nullptr) return Renewed{expiry(rules, plan, now)};", "row != nullptr) return Renewed{now};")],
        "tests": ["test_freshness.py 304"],
    },
    {
        "name": "the breaker never opens",
        "edits": [("src/upstream/breaker.cpp", "if (!open()) return true;", "if (!open() || at_all(now)) return true;"), ("src/upstream/breaker.cpp", "bool Breaker::admit(Time now) {", "static bool at_all(Time now) { return now >= Time{}; }\n\nbool Breaker::admit(Time now) {")],
        "tests": ["test_statuses.py breaker"],
        "units": "Breaker.*",
    },
    {
        "name": "a row is written without its bytes being synced",
        "edits": [("src/cache/committer.cpp", "  drop_unsynced(batch);\n", "")],
        "tests": ["test_crash.py synced"],
    },
    {
        "name": "the rows of a batch are written without its files being synced",
        "edits": [("src/blobs/local_blobs_sync.cpp", "const bool done = ::syncfs(directory->descriptor()) == 0;", "const bool done = true;")],
        "tests": ["test_crash.py batch"],
    },
    {
        "name": "a row is written without the name of its bytes' new directory being synced",
        "edits": [("src/blobs/local_blobs_sync.cpp", "const auto made = sync_made_directories();", "const Result<void> made;")],
        "tests": ["test_crash.py bytes_are_synced"],
    },
    {
        "name": "what a crash left in the spool stays there",
        "edits": [("src/blobs/data_dir.cpp", "    fs::remove_all(entry->path(), error);", "    (void)fs::exists(entry->path(), error);")],
        "tests": ["test_crash.py five_moments"],
        "units": "DataDir.*",
    },
    {
        "name": "a damaged file is believed to be whole",
        "edits": [("src/blobs/local_blobs.cpp", "static_cast<std::uint64_t>(status.st_size) != expected_size", "static_cast<std::uint64_t>(status.st_size) > expected_size")],
        "tests": ["test_disk_full.py truncated"],
    },
    {
        "name": "a kept connection with bytes nobody asked for is used again",
        "edits": [("src/transport/plain/idle_connections.cpp", "MSG_PEEK | MSG_DONTWAIT) < 0 &&", "MSG_PEEK | MSG_DONTWAIT) != 0 ||")],
        "units": "Carrier/ConnectionOver.*",
    },
    {
        "name": "a private address is dialled where only public ones may be",
        "edits": [("src/transport/plain/plain_exchange.cpp", "if (request_->reach == Reach::Any || is_public(address)) {", "if (request_->reach == Reach::Any || is_public(address) || !address.is_unspecified()) {")],
        "units": "Carrier/ConnectionOver.*:PlainExchange.*",
    },
    {
        "name": "a reader waits for half a piece",
        "edits": [("src/transport/plain/plain_exchange_body.cpp", "      self->wake_at(1);\n", "")],
        "units": "PlainExchange.*",
    },
    {
        "name": "the next answer on a connection waits for half a piece",
        "edits": [("src/transport/plain/plain_exchange_body.cpp", "    wake_at(1);\n    connections_", "    connections_")],
        "units": "PlainExchange.*",
    },
    {
        "name": "the first bytes of a body that nobody saw stay",
        "edits": [("src/cache/fill.cpp", "  opening_.clear();\n", "")],
        "units": "FillTest.*",
    },
    {
        "name": "room for a large body is judged by old figures",
        "edits": [("src/blobs/local_blobs.cpp", "space_.reserve_for_file(bytes)", "space_.reserve(bytes)")],
        "tests": ["test_disk_full.py"],
    },
    {
        "name": "the first bytes go out although the disk failed",
        "edits": [("src/blobs/local_blobs.cpp", "if (spool_fails_.load())", "if (false)")],
        "units": "IntakeTest.*:EngineTest.*",
    },
    {
        "name": "the configuration page shows secrets",
        "edits": [("src/config/redact.cpp", "return secret.empty() ? json::value(nullptr) : json::value(json::string(kHidden));", "return secret.empty() ? json::value(nullptr) : json::value(json::string(secret.reveal()));")],
        "tests": ["test_canary.py"],
    },
    {
        "name": "the sum over blobs keeps what went",
        "edits": [("src/catalog/sqlite_accounts.cpp", "if (*removed) blobs_.lose(removal->number(0).value_or(0));", "if (*removed) blobs_.lose(0);")],
        "units": "SqliteFile.*:Sqlite/*",
    },
    {
        "name": "references of a blob are not added up within a transaction",
        "edits": [("src/catalog/sqlite_accounts.cpp", "changed.added += next->added;", "changed.added = next->added;")],
        "units": "SqliteFile.*",
    },
    {
        "name": "a blob whose file was found missing is taken to be durable",
        "edits": [("src/blobs/local_blobs.cpp", "  if (!file) {\n    forget(digest);", "  if (!file) {")],
        "units": "Blobs.*",
    },
    {
        "name": "a blob that somebody cut is taken to be durable",
        "edits": [("src/blobs/local_blobs.cpp", "!= expected_size) {\n    forget(digest);", "!= expected_size) {")],
        "units": "Blobs.*",
    },
    {
        "name": "what was synced is synced again",
        "edits": [("src/blobs/local_blobs_sync.cpp", "known->second.durable = true;", "known->second.durable = false;")],
        "units": "Blobs.*",
    },
    {
        "name": "a row with other bytes of the same length keeps its old blob",
        "edits": [("src/catalog/sqlite_changes.cpp", "if (size == there.size && std::ranges::equal(row.digest.bytes(), there.digest)) return true;", "if (size == there.size) return true;")],
        "units": "SqliteFile.*",
    },
    {
        "name": "a row is replaced whatever was expected of its key",
        "edits": [("src/catalog/sqlite_changes.cpp", "if (!put.expected) {", "if (true) {")],
        "units": "SqliteFile.*:Sqlite/*",
    },
    {
        "name": "a header's value may break its line",
        "edits": [("src/http/headers.cpp", "if (all_writable()) {", "if (std::ranges::all_of(*this, valid_name, &Header::name)) {")],
        "units": "Headers.*",
    },
    {
        "name": "a blob counts beside the room of its spool file",
        "edits": [("src/blobs/local_blobs.cpp", "came_in(shelf, digest, std::move(spool.reservation_), spool.size());", "came_in(shelf, digest, {}, spool.size());")],
        "units": "Blobs.*",
    },
    {
        "name": "nobody hears that a damaged blob was replaced",
        "edits": [("src/blobs/local_blobs.cpp", "if (there == Existing::Damaged && replaced_) replaced_(digest);", "if (there == Existing::Damaged && !replaced_) return {};")],
        "tests": ["test_disk_full.py replace_it"],
    },
    {
        "name": "a large hot file is sent without filling its segments",
        "edits": [("src/server/connection.cpp", "const LargeBody large(output_, ready->size - rest_offset_);", "")],
        "units": "ServerTest.*",
    },
    {
        "name": "what is held wants its room once more",
        "edits": [("src/blobs/local_blobs.cpp", "create_spool(bytes.size(), std::move(room))", "create_spool(bytes.size())")],
        "units": "Blobs.*",
    },
    {
        "name": "what was ended while it was read is put into memory",
        "edits": [("src/cache/hot.cpp", "  if (proviso.kills && usual.kills.load() != *proviso.kills) return;\n", "")],
        "units": "EngineMemoryTest.*:Hot.*",
    },
    {
        "name": "a first use fills memory",
        "edits": [("src/cache/filler_intake.cpp", "if (row_ || !whole.bytes || fill_->asked_again())", "if (true)")],
        "units": "EngineMemoryTest.*",
    },
    {
        "name": "a document that a file belies is not fetched anew",
        "edits": [("src/cache/filler_promise.cpp", "if (at != nullptr && profile_->planner) {", "if (at == nullptr && profile_->planner) {")],
        "tests": ["test_promises.py anew"],
    },
    {
        "name": "a document is fetched anew for each file that belies it",
        "edits": [("src/cache/filler_promise.cpp", "services_.fetched_anew.put_if_absent(key, true, now + kBetweenFetches, now);", "services_.fetched_anew.put_if_absent(key, true, now + 0 * kBetweenFetches, now);")],
        "tests": ["test_promises.py belies_still"],
    },
    {
        "name": "what was not as promised is asked for again at once",
        "edits": [("src/cache/filler_promise.cpp", "services_.clock.now() + kRefusedFor", "services_.clock.now() + 0 * kRefusedFor")],
        "tests": ["test_promises.py belies_still"],
    },
    {
        "name": "a document that upstream does not give anew counts as stale",
        "edits": [("src/cache/filler.cpp", "  if (is_asked_early()) co_return co_await serve_or_fetch(outcome_of_stored(*row_));\n", "")],
        "units": "EnginePromise*",
    },
    {
        "name": "who joins a document's early fetch is given upstream's refusal",
        "edits": [("src/cache/filler.cpp", "if (is_asked_early() && unseen && !std::holds_alternative<Whole>(settlement)) {", "if (is_asked_early() && unseen && std::holds_alternative<Unstorable>(settlement)) {")],
        "units": "EnginePromise*",
    },
    {
        "name": "who follows a document's new bytes is told that they end with the old ones",
        "edits": [("src/cache/filler.cpp", "if (is_asked_early() && unseen && ", "if (is_asked_early() && (unseen || true) && ")],
        "units": "EnginePromise*",
    },
    {
        "name": "a file keeps its slot while its document is fetched anew",
        "edits": [("src/cache/filler_promise.cpp", "  download_ = {};  // the other one needs it\n", "")],
        "units": "EnginePromise*",
    },
    {
        "name": "a finished answer is not remembered under its target",
        "edits": [("src/api/router.cpp", "  if (exchange.hot) here().aliases.remember(exchange.target, exchange.hot);\n", "")],
        "units": "RouterTest*",
    },
    {
        "name": "a body too large to be held counts as stored at once",
        "edits": [("src/cache/filler_intake.cpp", "return slot && hold(whole, slot);", "return slot && (hold(whole, slot) || true);")],
        "units": "Engine*",
    },
    {
        "name": "the body that a HEAD was answered with is sent",
        "edits": [("src/server/response_text.cpp", "if (method == http::Method::Head || status_without_body(response.status)) return framing;", "if (method == http::Method::Put || status_without_body(response.status)) return framing;"), ("src/server/connection_answer.cpp", "  if (request.method == http::Method::Head) response.body = cache::EmptyBody{};\n", "")],
        "units": "ServerTest*",
    },
    {
        "name": "a piece that came with the head is given at once and again",
        "edits": [("src/transport/plain/plain_exchange_body.cpp", "  return piece.empty() ? std::nullopt : std::optional(given(std::move(piece)));", "  return std::optional(given(std::move(piece)));"), ("src/transport/plain/plain_exchange_body.cpp", "  if (!head_seen_ || is_over() || !ahead_.empty() || connection_->received().empty()) return std::nullopt;\n", "  if (!head_seen_) return std::nullopt;\n")],
        "units": "PlainExchange*",
    },
    {
        "name": "an answer with the registry's name is remembered without it",
        "edits": [("src/api/rooted.cpp", "    if (!resolved.headers.empty()) response.hot = nullptr;  // memory's answer is without them\n", "")],
        "units": "RouterTest*",
    },
]
