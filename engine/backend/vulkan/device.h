// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gpu/instance.h"

namespace filigree::vulkan {

/// Which of a device's memory types serves what. Pure arithmetic on what the driver reports.
struct MemoryTypes {
    std::uint32_t device = 0;       ///< arrays: local to the device
    std::uint32_t upload = 0;       ///< staging, written by the host: visible and coherent
    std::uint32_t download = 0;     ///< staging, read by the host: cached too where there is such a type
    std::uint64_t deviceBytes = 0;  ///< of the heap of `device`
};
/// `allowed`: bit i is set if type i may hold a storage buffer. Throws Error (Device) if none fits.
MemoryTypes chooseMemoryTypes(const VkPhysicalDeviceMemoryProperties& memory, std::uint32_t allowed);

/// One compute program: SPIR-V and the interface that all of them share. Storage buffers are bound at
/// (set 0, binding 0 … buffers - 1); specialisation constants have ids 0, 1, ….
struct Shader {
    const char* name;
    std::span<const std::uint32_t> words;
    std::uint32_t buffers;
};

struct DeviceOptions {
    std::string name{};             ///< number, part of a name, "software"; empty: the first
    std::uint64_t budgetBytes = 0;  ///< for arrays; 0: nine tenths of the device's own memory
    bool timestamps = false;
    std::filesystem::path pipelineCache{};  ///< folder of compiled pipelines; empty: nothing is kept
};

/// A logical device with one queue that computes. Not for several threads at once.
class Device {
  public:
    /// Throws Error (Device) with the names there are if none is meant, and with advice if there is no
    /// Vulkan.
    static std::shared_ptr<Device> open(const DeviceOptions& options = {});
    ~Device();
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    VkDevice handle() const { return handle_; }
    VkQueue queue() const { return queue_; }
    std::uint32_t queueFamily() const { return family_; }
    const gpu::DeviceInfo& info() const { return info_; }
    const gpu::Instance& instance() const { return *instance_; }
    const VkPhysicalDeviceLimits& limits() const { return properties_.limits; }
    const MemoryTypes& memoryTypes() const { return memoryTypes_; }
    std::uint32_t subgroupSize() const { return subgroupSize_; }
    /// Whether `lanes` neighbours of a subgroup can exchange numbers in a kernel.
    bool exchanges(std::uint32_t lanes) const { return exchanges_ && subgroupSize_ >= lanes; }
    std::uint64_t budgetBytes() const { return budgetBytes_; }
    /// Nanoseconds per tick of a timestamp; 0 if the queue has none.
    double timestampPeriod() const { return timestampPeriod_; }
    bool timestamps() const { return timestamps_; }
    /// Ticks between two timestamps, of which the queue may keep fewer than 64 bits.
    std::uint64_t ticks(std::uint64_t begin, std::uint64_t end) const {
        return (end - begin) & timestampMask_;
    }

    struct Pipeline {
        VkPipeline pipeline = VK_NULL_HANDLE;
        VkPipelineLayout layout = VK_NULL_HANDLE;
        VkDescriptorSetLayout setLayout = VK_NULL_HANDLE;
    };
    /// Made when first asked for, with the values of the shader's specialisation constants.
    const Pipeline& pipeline(const Shader& shader, std::span<const std::uint32_t> constants);

    /// Throws DeviceLost if `result` says so or a test has asked for it; Error (Device) on other failures.
    void check(VkResult result, const char* call) const;
    bool lost() const { return lost_; }
    /// For tests: from now on the device behaves as lost.
    void loseForTest() { lost_ = true; }
    /// For tests: the n-th allocation from now fails for lack of memory; 0 is never.
    void failAllocationForTest(int n) { failAllocation_ = n; }
    bool allocationFailsNow() { return failAllocation_ > 0 && --failAllocation_ == 0; }

    static constexpr std::uint32_t mostBuffers = 16;
    static constexpr std::uint32_t pushBytes = 128;  ///< what Vulkan guarantees

  private:
    explicit Device(const DeviceOptions& options);
    void choose(const std::string& name);
    void create();
    void release();
    void readPipelineCache(const std::filesystem::path& folder);
    void writePipelineCache() const;
    void makeLayouts();

    std::shared_ptr<gpu::Instance> instance_;
    VkPhysicalDevice physical_ = VK_NULL_HANDLE;
    VkPhysicalDeviceProperties properties_{};
    gpu::DeviceInfo info_;
    std::uint32_t family_ = 0;
    std::uint32_t subgroupSize_ = 1;
    bool exchanges_ = false;
    std::uint64_t budgetBytes_ = 0;
    double timestampPeriod_ = 0;
    bool timestamps_ = false;
    std::uint64_t timestampMask_ = ~0ULL;
    MemoryTypes memoryTypes_;
    VkDevice handle_ = VK_NULL_HANDLE;
    VkQueue queue_ = VK_NULL_HANDLE;
    VkPipelineCache cache_ = VK_NULL_HANDLE;
    std::filesystem::path cacheFile_;
    std::array<VkDescriptorSetLayout, mostBuffers + 1> setLayouts_{};
    std::array<VkPipelineLayout, mostBuffers + 1> layouts_{};
    std::map<std::pair<const std::uint32_t*, std::vector<std::uint32_t>>, Pipeline> pipelines_;
    bool compiled_ = false;
    mutable std::atomic<bool> lost_ = false;
    int failAllocation_ = 0;
};

}  // namespace filigree::vulkan
