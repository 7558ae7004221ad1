#include "app/application.h"

#include "app/parts.h"

#include <csignal>
#include <ctime>
#include <future>
#include <sys/signal.h>
#include <unistd.h>
#include <utility>

namespace artifactapi::app {

namespace {

// How long fills nobody waits for may take to notice that they are cancelled.
constexpr std::chrono::seconds kCancelTime{5};

// Waited for by the main thread; blocked everywhere, so that no handler runs in the middle of anything.
sigset_t handled_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

bool is_end(int signal) {
  return signal == SIGTERM || signal == SIGINT;
}

// Runs one coroutine on the first loop; the future is ready when it has ended.
std::future<bool> run_on(runtime::Loops& loops, runtime::Task<bool> task) {
  auto promise = std::make_shared<std::promise<bool>>();
  auto future = promise->get_future();
  boost::asio::co_spawn(loops.at(0).context(), std::move(task),
                        [promise](std::exception_ptr failure, bool result) {
                          if (failure) std::rethrow_exception(failure);
                          promise->set_value(result);
                        });
  return future;
}

// False when a signal to end came first.
bool wait_unless_signalled(std::future<bool>& done) {
  const auto signals = handled_signals();
  while (done.wait_for(std::chrono::seconds{0}) != std::future_status::ready) {
    const timespec patience{0, 20'000'000};
    if (is_end(sigtimedwait(&signals, nullptr, &patience))) return false;
  }
  return true;
}

}  // namespace

Application::Application(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Application::~Application() = default;

Result<std::unique_ptr<Application>> Application::make(const config::Settings& settings,
                                                       const config::Remotes& remotes, ConfigSource source) {
  const auto signals = handled_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  auto opened = open_stores(settings);
  if (!opened) return std::unexpected(opened.error());
  auto parts = std::make_unique<Parts>(settings, std::move(*opened), std::move(source));
  const auto configured = parts->configure(remotes);
  if (!configured) return std::unexpected(configured.error());
  const auto listening = parts->listen();
  if (!listening) return std::unexpected(listening.error());
  return std::unique_ptr<Application>(new Application(std::move(parts)));
}

int Application::serve() {
  auto& parts = *parts_;
  parts.loops.start();
  parts.maintenance.start(parts.loops.at(0));
  parts.config_watch.start(parts.loops.at(0));
  if (parts.certificate_watch) parts.certificate_watch->start(parts.loops.at(0));
  parts.management->set_serving(true);  // the first request may ask
  parts.server->start();
  const auto signals = handled_signals();
  int signal = 0;
  while (sigwait(&signals, &signal) != 0 || !is_end(signal)) {
    if (signal == SIGHUP) parts.reload_all();
  }
  parts.log.info("draining", {{"signal", signal}});
  if (shut_down()) return 0;
  // What is still running may use anything: the process ends without destroying it.
  parts.log.warning("ended before everything had finished");
  parts.data_dir.empty_spool();
  parts.log.flush();
  ::_exit(0);
}

runtime::Task<bool> Application::all_ended(Parts& parts, runtime::Deadline deadline) {
  const bool connections = co_await parts.server->drained(deadline);
  const bool orders = co_await parts.warming->idle(deadline);
  const bool fills = co_await parts.engine.idle(deadline);
  const bool maintenance = co_await parts.maintenance.stopped(deadline);
  bool watching = co_await parts.config_watch.stopped(deadline);
  if (parts.certificate_watch) watching &= co_await parts.certificate_watch->stopped(deadline);
  co_return connections&& orders&& fills&& maintenance&& watching;
}

// False when a second signal came, or something did not end in time.
bool Application::shut_down() {
  auto& parts = *parts_;
  parts.management->set_serving(false);
  parts.server->begin_drain();
  const auto now = std::chrono::steady_clock::now;
  auto drained = run_on(parts.loops, parts.server->drained(now() + parts.settings.timeouts.drain));
  if (!wait_unless_signalled(drained)) return false;
  parts.server->stop();
  for (std::size_t index = 0; index < parts.loops.size(); ++index) {
    auto& loop = parts.loops.at(index);
    loop.post([&parts, &loop] { parts.upstream.cancel_all(loop); });
  }
  parts.resolver.stop();
  parts.maintenance.request_stop();
  parts.config_watch.request_stop();
  if (parts.certificate_watch) parts.certificate_watch->request_stop();
  auto ended = run_on(parts.loops, all_ended(parts, now() + kCancelTime));
  if (!wait_unless_signalled(ended) || !ended.get()) return false;
  parts.committer.stop();
  parts.pool.join();
  parts.loops.stop();
  return true;
}

}  // namespace artifactapi::app
