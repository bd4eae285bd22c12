// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "backend/kernel_time.h"
#include "backend/vulkan/memory.h"

namespace filigree::vulkan {

/// What a kernel moves and computes, for the table of the profile.
struct Cost {
    double bytes = 0;
    double operations = 0;
};

using backend::KernelTime;

enum class Access { Read, Write, ReadWrite };
struct Binding {
    View view;
    Access access;
};
inline Binding in(const View& view) {
    return {view, Access::Read};
}
inline Binding out(const View& view) {
    return {view, Access::Write};
}
inline Binding inOut(const View& view) {
    return {view, Access::ReadWrite};
}

struct Groups {
    std::uint64_t x = 1, y = 1, z = 1;
};

/// Commands for a device in the order in which they are to take effect. They are recorded, and go out in
/// batches; a call only waits where it says so. Barriers stand where a command touches what an earlier one
/// wrote (or writes what an earlier one read). One stream per device. After the device is lost every call
/// throws DeviceLost.
class Stream {
  public:
    explicit Stream(std::shared_ptr<Device> device);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    Device& device() const { return *device_; }
    Memory& memory() const { return *memory_; }
    Array make(std::uint64_t count, const std::string& name) { return memory_->make(count, name); }
    /// An array with these values.
    template <typename T>
    Array upload(std::span<const T> values, const std::string& name);

    /// `constants`: the shader's specialisation constants. `push`: a plain structure, at most 128 bytes.
    /// Groups beyond what the device takes throw Error (Device); no group at all does nothing.
    template <typename Push>
    void dispatch(const Shader& shader, std::initializer_list<std::uint32_t> constants,
                  std::initializer_list<Binding> bindings, const Push& push, Groups groups, Cost cost = {}) {
        static_assert(std::is_trivially_copyable_v<Push> && sizeof(Push) <= Device::pushBytes &&
                      sizeof(Push) % 4 == 0);
        record(shader, {constants.begin(), constants.size()}, {bindings.begin(), bindings.size()},
               std::as_bytes(std::span(&push, 1)), groups, cost);
    }

    /// Copies `values` now; they arrive in order with the other commands.
    template <typename T>
    void write(const View& to, std::span<const T> values) {
        static_assert(sizeof(T) == 4);
        writeBytes(to, std::as_bytes(values));
    }
    void copy(const View& from, const View& to);
    /// Every number's bits.
    void fill(const View& to, std::uint32_t bits);
    /// Submits, waits and copies.
    template <typename T>
    void read(const View& from, std::span<T> values) {
        static_assert(sizeof(T) == 4);
        readBytes(from, std::as_writable_bytes(values));
    }
    template <typename T>
    std::vector<T> read(const View& from) {
        std::vector<T> values(from.count);
        read(from, std::span<T>(values));
        return values;
    }

    /// Sends what is recorded to the device without waiting for it.
    void submit();
    /// Submits and waits until the device has done everything.
    void finish();

    std::int64_t submissions() const { return submissions_; }
    std::int64_t dispatches() const { return dispatches_; }
    std::int64_t barriers() const { return barriers_; }

    /// Per kernel since the last call of resetProfile, in order of first use; finishes. Empty without
    /// DeviceOptions::timestamps.
    std::vector<KernelTime> profile();
    void resetProfile();

  private:
    static constexpr int batches = 4;                  ///< in flight at once
    static constexpr std::int64_t mostCommands = 512;  ///< recorded before they go out by themselves
    static constexpr std::uint32_t mostTimed = 512;    ///< kernels timed in one batch

    struct Batch {
        VkCommandBuffer commands = VK_NULL_HANDLE;
        VkQueryPool queries = VK_NULL_HANDLE;
        std::uint64_t value = 0;  ///< of the timeline when the device is done with it
        std::vector<HostMemory> staging;
        std::size_t stagingBlock = 0;
        std::uint64_t stagingUsed = 0;
        std::vector<std::pair<std::string, Cost>> timed;
    };
    struct Use {
        VkBuffer buffer;
        std::uint64_t first, last;
        bool written;
    };
    using Bound = std::vector<std::uint64_t>;

    void record(const Shader& shader, std::span<const std::uint32_t> constants,
                std::span<const Binding> bindings, std::span<const std::byte> push, Groups groups, Cost cost);
    void writeBytes(const View& to, std::span<const std::byte> bytes);
    void readBytes(const View& from, std::span<std::byte> bytes);
    /// The batch being recorded, begun if there is none.
    Batch& open();
    void countCommand();
    void barrierFor(std::span<const Binding> bindings);
    void wait(std::uint64_t value);
    void collect(Batch& batch);
    VkDescriptorSet descriptors(const Device::Pipeline& pipeline, std::span<const Binding> bindings);
    /// Where `bytes` bytes of staging memory of the open batch lie.
    std::pair<HostMemory*, std::uint64_t> stage(std::uint64_t bytes);
    void release();

    std::shared_ptr<Device> device_;
    std::shared_ptr<Memory> memory_;
    VkCommandPool pool_ = VK_NULL_HANDLE;
    VkSemaphore timeline_ = VK_NULL_HANDLE;
    std::array<Batch, batches> batch_;
    int current_ = 0;
    bool recording_ = false;
    std::uint64_t nextValue_ = 1;
    std::int64_t commands_ = 0;
    std::vector<Use> uses_;
    std::vector<VkDescriptorPool> descriptorPools_;
    std::uint32_t setsLeft_ = 0;
    std::map<Bound, VkDescriptorSet> sets_;
    std::unique_ptr<HostMemory> download_;
    std::vector<KernelTime> times_;
    std::int64_t submissions_ = 0, dispatches_ = 0, barriers_ = 0;
};

template <typename T>
Array Stream::upload(std::span<const T> values, const std::string& name) {
    Array made = make(values.size(), name);
    if (!values.empty()) write(made, values);
    return made;
}

}  // namespace filigree::vulkan
