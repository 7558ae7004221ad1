#include "config/machine.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace artifactapi::config {
namespace {

// A pretended /proc and /sys.
class MachineFacts : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "machine-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    file("/proc/self/status", "Name:\tx\nCpus_allowed_list:\t0-5,8-9\nOther:\t1\n");
    file("/proc/meminfo", "MemTotal:       16000000 kB\nMemFree: 1 kB\n");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void file(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  [[nodiscard]] Machine probe() const { return probe_machine(root_); }

  std::string root_;
};

TEST_F(MachineFacts, WithoutLimitsAreThoseOfTheMachine) {
  EXPECT_EQ(probe().cpus, 8U);
  EXPECT_EQ(probe().memory_bytes, 16'000'000ULL * 1024);
}

TEST_F(MachineFacts, CgroupV2LimitsCountAtEveryLevel) {
  file("/proc/self/cgroup", "0::/pod/one\n");
  file("/sys/fs/cgroup/pod/one/memory.max", "max\n");
  file("/sys/fs/cgroup/pod/memory.max", "536870912\n");
  file("/sys/fs/cgroup/pod/one/cpu.max", "250000 100000\n");
  file("/sys/fs/cgroup/pod/cpu.max", "max 100000\n");
  EXPECT_EQ(probe().memory_bytes, 536'870'912ULL);
  EXPECT_EQ(probe().cpus, 3U);  // rounded up
}

TEST_F(MachineFacts, InsideAContainerTheLimitsStandAtTheRootOfTheMount) {
  file("/proc/self/cgroup", "0::/folder/of/the/host\n");
  file("/sys/fs/cgroup/memory.max", "1073741824\n");
  file("/sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_EQ(probe().memory_bytes, 1ULL << 30U);
  EXPECT_EQ(probe().cpus, 1U);
}

TEST_F(MachineFacts, CgroupV1LimitsCountToo) {
  file("/proc/self/cgroup", "4:memory:/a\n2:cpu,cpuacct:/a\n0::/\n");
  file("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "268435456\n");
  file("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  file("/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "200000\n");
  file("/sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
  file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  file("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(probe().memory_bytes, 268'435'456ULL);
  EXPECT_EQ(probe().cpus, 2U);
}

TEST_F(MachineFacts, NonsenseIsIgnored) {
  file("/proc/self/cgroup", "garbage\n0::\n::/\n");
  file("/proc/self/status", "Cpus_allowed_list:\tx-,9-3\n");
  file("/sys/fs/cgroup/cpu.max", "100000 0\n");
  file("/sys/fs/cgroup/memory.max", "lots\n");
  EXPECT_EQ(probe().cpus, 1U);
  EXPECT_EQ(probe().memory_bytes, 16'000'000ULL * 1024);
}

TEST(Machine, ThisOneHasACpuMemoryAndADisk) {
  EXPECT_GE(probe_machine().cpus, 1U);
  EXPECT_GT(probe_machine().memory_bytes, 0U);
  EXPECT_GT(file_system_bytes("/no/such/folder"), 0U);
  EXPECT_EQ(file_system_bytes("/no/such/folder"), file_system_bytes("/"));
}

}  // namespace
}  // namespace artifactapi::config
