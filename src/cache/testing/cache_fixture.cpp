#include "cache/testing/cache_fixture.h"

#include <fcntl.h>
#include <thread>
#include <unistd.h>

namespace artifactapi::cache {

using runtime::Task;

namespace {

telemetry::LogSettings no_log() {
  telemetry::LogSettings settings;
  settings.descriptor = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  return settings;
}

std::string read_file(int descriptor, std::uint64_t from, std::uint64_t to) {
  std::string bytes(to - from, '\0');
  const auto count = ::pread(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(from));
  EXPECT_EQ(count, static_cast<ssize_t>(bytes.size()));
  return bytes;
}

Task<Followed> read_to_the_end(std::shared_ptr<Follower> follower) {
  Followed read;
  while (read.stream == Stream::More) {
    const auto progress = co_await follower->progress(read.bytes.size(), runtime::kNoDeadline);
    const auto opening = follower->opening().substr(0, progress.readable);
    if (read.bytes.size() < opening.size()) read.bytes += opening.substr(read.bytes.size());
    if (read.bytes.size() < progress.readable)
      read.bytes += read_file(follower->descriptor(), read.bytes.size(), progress.readable);
    read.stream = progress.stream;
  }
  co_return read;
}

Task<Result<std::string>> read_to_the_end(std::shared_ptr<Relay> relay) {
  std::string bytes;
  for (;;) {
    auto chunk = co_await relay->next();
    if (!chunk) co_return std::unexpected(chunk.error());
    if (chunk->empty()) co_return bytes;
    bytes += *chunk;
  }
}

}  // namespace

CacheTest::CacheTest(blobs::SpaceLimit limit)
    : log(no_log(), clock),
      disk(directory.path(), limit),
      rows(catalog::open_sqlite(directory.path() / "catalog.db").value().catalog),
      committer(*rows, *disk.store, recent, [this](const Result<void>&) { after_batch(); }),
      evictor(*rows, *disk.store, *disk.space, hot, recent, committer, counters),
      services{clock,   log,        loops,     pool,         upstream, *rows,      *disk.store,
               hot,     recent,     committer, evictor,      fills,    fill_slots, commit_slots,
               refused, unstorable, announced, fetched_anew, counters} {
  loops.start();
}

CacheTest::~CacheTest() {
  settle();
  committer.stop();
  pool.join();
  loops.stop();
}

formats::Plan CacheTest::plan_for(std::string key, formats::Mutability mutability) {
  formats::Plan plan;
  plan.access = formats::Access::Allowed;
  plan.mutability = mutability;
  plan.path = key;
  plan.key = std::move(key);
  return plan;
}

ProfilePtr CacheTest::profile(Rules rules) {
  auto made = std::make_shared<RemoteProfile>();
  made->name = "r";
  made->rules = std::move(rules);
  made->origin = std::make_shared<upstream::Origin>();
  return made;
}

Rules CacheTest::revalidating() {
  Rules rules;
  rules.ttl.mutable_ttl = Seconds{100};
  rules.updates = config::MutableUpdates::All;
  return rules;
}

std::future<Answer> CacheTest::start_get(const ProfilePtr& remote, formats::Plan plan, std::size_t loop) {
  return runtime::start_on(loops.at(loop),
                           engine.get(remote, std::make_shared<const formats::Plan>(std::move(plan))));
}

Answer CacheTest::get(const ProfilePtr& remote, formats::Plan plan, std::size_t loop) {
  return runtime::result_of(start_get(remote, std::move(plan), loop));
}

Answer CacheTest::head(const ProfilePtr& remote, formats::Plan plan) {
  return runtime::run_on(loops.at(0),
                         engine.head(remote, std::make_shared<const formats::Plan>(std::move(plan))));
}

void CacheTest::wait_until_asked(std::size_t times) const {
  while (upstream.times_asked() < times) std::this_thread::yield();
}

void CacheTest::settle() {
  EXPECT_TRUE(runtime::run_on(loops.at(0), engine.idle(runtime::kNoDeadline)));
  committer.flush();
}

std::optional<catalog::Row> CacheTest::row_of(const std::string& key) const {
  return rows->find("r", key).value();
}

std::future<Followed> CacheTest::follow(const Growing& growing, std::size_t loop) {
  return runtime::start_on(loops.at(loop), read_to_the_end(growing.follower));
}

Result<std::string> CacheTest::drain(const Relayed& relayed) {
  return runtime::run_on(loops.at(0), read_to_the_end(relayed.relay));
}

std::string CacheTest::bytes_of(const Stored& stored) {
  if (stored.bytes) return *stored.bytes;
  if (!stored.file) return "no bytes";
  return read_file(stored.file->descriptor(), 0, stored.row->size);
}

}  // namespace artifactapi::cache
