// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/device.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

namespace filigree::ui {
namespace {

/// The queue family that draws, and presents if there is a surface.
std::optional<std::uint32_t> familyOf(VkPhysicalDevice device, VkSurfaceKHR surface) {
    std::uint32_t count = 0;
    vkGetPhysicalDeviceQueueFamilyProperties(device, &count, nullptr);
    std::vector<VkQueueFamilyProperties> families(count);
    vkGetPhysicalDeviceQueueFamilyProperties(device, &count, families.data());
    for (std::uint32_t family = 0; family < count; ++family) {
        if (!(families[family].queueFlags & VK_QUEUE_GRAPHICS_BIT)) continue;
        VkBool32 presents = VK_TRUE;
        if (surface) vkGetPhysicalDeviceSurfaceSupportKHR(device, family, surface, &presents);
        if (presents) return family;
    }
    return std::nullopt;
}

bool hasExtension(const std::vector<VkExtensionProperties>& extensions, const char* wanted) {
    return std::any_of(extensions.begin(), extensions.end(), [&](const VkExtensionProperties& one) {
        return std::strcmp(one.extensionName, wanted) == 0;
    });
}

}  // namespace

std::shared_ptr<Device> Device::open(const std::shared_ptr<Instance>& instance, VkSurfaceKHR surface,
                                     const std::string& name) {
    std::string known;
    std::size_t place = 0;
    for (const VkPhysicalDevice physical : instance->physicalDevices()) {
        const DeviceInfo info = Instance::describe(physical);
        known += (known.empty() ? "" : "; ") + info.name;
        const bool wanted = gpu::isMeant(info, place++, name);
        const auto family = familyOf(physical, surface);
        if (!wanted || !family) continue;
        return std::shared_ptr<Device>(new Device(instance, physical, *family, surface != VK_NULL_HANDLE));
    }
    throw Error(
        ErrorKind::Device,
        name.empty() ? "no Vulkan device can draw here" : "there is no Vulkan device \"" + name + "\"",
        "devices: " + known,
        "name one of these, or install a driver (Debian and Ubuntu: mesa-vulkan-drivers)");
}

Device::Device(std::shared_ptr<Instance> instance, VkPhysicalDevice physical, std::uint32_t family,
               bool presents)
    : instance_(std::move(instance)),
      physical_(physical),
      family_(family),
      info_(Instance::describe(physical)) {
    std::uint32_t count = 0;
    check(vkEnumerateDeviceExtensionProperties(physical, nullptr, &count, nullptr),
          "vkEnumerateDeviceExtensionProperties");
    std::vector<VkExtensionProperties> available(count);
    check(vkEnumerateDeviceExtensionProperties(physical, nullptr, &count, available.data()),
          "vkEnumerateDeviceExtensionProperties");
    std::vector<const char*> extensions;
    if (presents) extensions.push_back(VK_KHR_SWAPCHAIN_EXTENSION_NAME);
    // A device that is not wholly conformant must be asked for by name.
    if (hasExtension(available, "VK_KHR_portability_subset"))
        extensions.push_back("VK_KHR_portability_subset");

    const float priority = 1;
    auto queue = structure<VkDeviceQueueCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO);
    queue.queueFamilyIndex = family;
    queue.queueCount = 1;
    queue.pQueuePriorities = &priority;
    auto info = structure<VkDeviceCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO);
    info.queueCreateInfoCount = 1;
    info.pQueueCreateInfos = &queue;
    info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
    info.ppEnabledExtensionNames = extensions.data();
    check(vkCreateDevice(physical, &info, nullptr, &handle_), "vkCreateDevice");
    vkGetDeviceQueue(handle_, family, 0, &queue_);
    vkGetPhysicalDeviceMemoryProperties(physical, &memory_);
}

Device::~Device() {
    vkDeviceWaitIdle(handle_);
    vkDestroyDevice(handle_, nullptr);
}

VkDeviceMemory Device::allocate(const VkMemoryRequirements& requirements,
                                VkMemoryPropertyFlags wanted) const {
    for (std::uint32_t type = 0; type < memory_.memoryTypeCount; ++type) {
        const bool fits = (requirements.memoryTypeBits >> type & 1) != 0;
        if (!fits || (memory_.memoryTypes[type].propertyFlags & wanted) != wanted) continue;
        auto info = structure<VkMemoryAllocateInfo>(VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO);
        info.allocationSize = requirements.size;
        info.memoryTypeIndex = type;
        VkDeviceMemory memory = VK_NULL_HANDLE;
        check(vkAllocateMemory(handle_, &info, nullptr, &memory), "vkAllocateMemory");
        return memory;
    }
    throw Error(ErrorKind::Device, "the graphics device has no memory of the kind that is needed",
                info_.name);
}

void Device::submitAndWait(const VkSubmitInfo& submission, VkFence fence) const {
    if (lost_) throw DeviceLost("vkQueueSubmit");
    check(vkResetFences(handle_, 1, &fence), "vkResetFences");
    check(vkQueueSubmit(queue_, 1, &submission, fence), "vkQueueSubmit");
    check(vkWaitForFences(handle_, 1, &fence, VK_TRUE, UINT64_MAX), "vkWaitForFences");
}

HostBuffer::HostBuffer(std::shared_ptr<Device> device, VkBufferUsageFlags usage)
    : device_(std::move(device)), usage_(usage) {}

HostBuffer::~HostBuffer() {
    release();
}

void HostBuffer::release() {
    if (buffer_) vkDestroyBuffer(device_->handle(), buffer_, nullptr);
    if (memory_) vkFreeMemory(device_->handle(), memory_, nullptr);
    buffer_ = VK_NULL_HANDLE;
    memory_ = VK_NULL_HANDLE;
    bytes_ = nullptr;
    size_ = 0;
}

void HostBuffer::reserve(std::size_t size) {
    if (size <= size_) return;
    const std::size_t grown = std::max(size + size / 2, std::size_t{1} << 16);
    release();
    auto info = structure<VkBufferCreateInfo>(VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO);
    info.size = grown;
    info.usage = usage_;
    info.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
    check(vkCreateBuffer(device_->handle(), &info, nullptr, &buffer_), "vkCreateBuffer");
    VkMemoryRequirements requirements{};
    vkGetBufferMemoryRequirements(device_->handle(), buffer_, &requirements);
    memory_ = device_->allocate(requirements,
                                VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT);
    check(vkBindBufferMemory(device_->handle(), buffer_, memory_, 0), "vkBindBufferMemory");
    void* mapped = nullptr;
    check(vkMapMemory(device_->handle(), memory_, 0, VK_WHOLE_SIZE, 0, &mapped), "vkMapMemory");
    bytes_ = static_cast<std::byte*>(mapped);
    size_ = grown;
}

VkImageView makeView(const Device& device, VkImage image, VkFormat format) {
    auto info = structure<VkImageViewCreateInfo>(VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO);
    info.image = image;
    info.viewType = VK_IMAGE_VIEW_TYPE_2D;
    info.format = format;
    info.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
    VkImageView view = VK_NULL_HANDLE;
    check(vkCreateImageView(device.handle(), &info, nullptr, &view), "vkCreateImageView");
    return view;
}

DeviceImage::DeviceImage(std::shared_ptr<Device> device, int width, int height, VkImageUsageFlags usage)
    : device_(std::move(device)), width_(width), height_(height) {
    auto info = structure<VkImageCreateInfo>(VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO);
    info.imageType = VK_IMAGE_TYPE_2D;
    info.format = pictureFormat;
    info.extent = {static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height), 1};
    info.mipLevels = 1;
    info.arrayLayers = 1;
    info.samples = VK_SAMPLE_COUNT_1_BIT;
    info.tiling = VK_IMAGE_TILING_OPTIMAL;
    info.usage = usage;
    info.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
    info.initialLayout = VK_IMAGE_LAYOUT_UNDEFINED;
    try {
        check(vkCreateImage(device_->handle(), &info, nullptr, &image_), "vkCreateImage");
        VkMemoryRequirements requirements{};
        vkGetImageMemoryRequirements(device_->handle(), image_, &requirements);
        memory_ = device_->allocate(requirements, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
        check(vkBindImageMemory(device_->handle(), image_, memory_, 0), "vkBindImageMemory");
        view_ = makeView(*device_, image_, pictureFormat);
    } catch (...) {
        release();
        throw;
    }
}

DeviceImage::~DeviceImage() {
    release();
}

void DeviceImage::release() {
    if (view_) vkDestroyImageView(device_->handle(), view_, nullptr);
    if (image_) vkDestroyImage(device_->handle(), image_, nullptr);
    if (memory_) vkFreeMemory(device_->handle(), memory_, nullptr);
}

}  // namespace filigree::ui
