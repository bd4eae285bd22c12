// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <volk.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"

namespace filigree::gpu {

/// The device stopped working: everything made on it is gone, a new Device may work.
class DeviceLost : public Error {
  public:
    explicit DeviceLost(const std::string& call);
};

/// Throws DeviceLost, or Error (Device) that names the call and the result, unless it succeeded
/// (VK_SUBOPTIMAL_KHR counts as success).
void check(VkResult result, const char* call);

/// A Vulkan structure of a type with all else zero.
template <typename Structure>
Structure structure(VkStructureType type) {
    Structure made{};
    made.sType = type;
    return made;
}

/// Vulkan devices as a person sees them.
struct DeviceInfo {
    std::string name;
    std::string driver;  ///< name and version
    bool software = false;
    std::uint64_t memoryBytes = 0;  ///< of the largest heap that is local to the device
};

/// Whether `wanted` means the device at this place of the list: its number, a part of its name in any case, "software", or
/// nothing (any device).
bool isMeant(const DeviceInfo& device, std::size_t place, const std::string& wanted);

/// Vulkan, loaded at run time. One instance serves the whole process.
///
/// With FILIGREE_VULKAN_VALIDATION=1 the Khronos validation layer runs, synchronisation included, and
/// everything it says is collected.
class Instance {
  public:
    /// The instance of the process; made by the first call, destroyed with the last owner. Throws Error
    /// (Device) with advice if there is no Vulkan loader or no driver.
    static std::shared_ptr<Instance> shared();
    ~Instance();
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    VkInstance handle() const { return handle_; }
    bool validated() const { return messenger_ != VK_NULL_HANDLE; }
    /// What the validation layer has reported so far (warnings and errors).
    std::vector<std::string> validationMessages() const;

    /// Physical devices that offer Vulkan 1.2, hardware first.
    std::vector<VkPhysicalDevice> physicalDevices() const;
    static DeviceInfo describe(VkPhysicalDevice device);

  private:
    Instance();
    void create();
    static VKAPI_ATTR VkBool32 VKAPI_CALL onMessage(VkDebugUtilsMessageSeverityFlagBitsEXT severity,
                                                    VkDebugUtilsMessageTypeFlagsEXT type,
                                                    const VkDebugUtilsMessengerCallbackDataEXT* data,
                                                    void* instance);

    VkInstance handle_ = VK_NULL_HANDLE;
    VkDebugUtilsMessengerEXT messenger_ = VK_NULL_HANDLE;
    mutable std::mutex mutex_;
    std::vector<std::string> messages_;
};

}  // namespace filigree::gpu
