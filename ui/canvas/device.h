// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include "gpu/instance.h"

namespace filigree::ui {

using gpu::check;
using gpu::DeviceInfo;
using gpu::DeviceLost;
using gpu::Instance;
using gpu::structure;

/// A logical device with one queue that draws (and presents, when opened for a surface).
///
/// Not safe from several threads at once; every user (a window, a picture) opens its own.
class Device {
  public:
    /// Opens the first physical device that can present to `surface` (or the first of all without a surface).
    /// `name` (a number, part of a device's name, or "software") chooses another; throws Error (Device) with the names
    /// there are.
    static std::shared_ptr<Device> open(const std::shared_ptr<Instance>& instance,
                                        VkSurfaceKHR surface = VK_NULL_HANDLE, const std::string& name = {});
    ~Device();
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    VkDevice handle() const { return handle_; }
    VkPhysicalDevice physical() const { return physical_; }
    VkQueue queue() const { return queue_; }
    std::uint32_t queueFamily() const { return family_; }
    const DeviceInfo& info() const { return info_; }
    const Instance& instance() const { return *instance_; }

    /// Memory of a type that `requirements` allow with all of `wanted`.
    VkDeviceMemory allocate(const VkMemoryRequirements& requirements, VkMemoryPropertyFlags wanted) const;
    /// Submits and waits until the device has done it. Throws DeviceLost.
    void submitAndWait(const VkSubmitInfo& submission, VkFence fence) const;

    /// For tests: the next submission finds the device lost.
    void loseForTest() { lost_ = true; }

  private:
    Device(std::shared_ptr<Instance> instance, VkPhysicalDevice physical, std::uint32_t family,
           bool presents);

    std::shared_ptr<Instance> instance_;
    VkPhysicalDevice physical_;
    std::uint32_t family_;
    DeviceInfo info_;
    VkDevice handle_ = VK_NULL_HANDLE;
    VkQueue queue_ = VK_NULL_HANDLE;
    VkPhysicalDeviceMemoryProperties memory_{};
    std::atomic<bool> lost_ = false;
};

/// A buffer that the host writes or reads through `bytes`, in memory of its own. It grows and never shrinks.
class HostBuffer {
  public:
    HostBuffer(std::shared_ptr<Device> device, VkBufferUsageFlags usage);
    ~HostBuffer();
    HostBuffer(const HostBuffer&) = delete;
    HostBuffer& operator=(const HostBuffer&) = delete;

    /// At least so many bytes; what was in it is lost. The device must be done with it.
    void reserve(std::size_t size);
    VkBuffer handle() const { return buffer_; }
    std::byte* bytes() const { return bytes_; }

  private:
    void release();

    std::shared_ptr<Device> device_;
    VkBufferUsageFlags usage_;
    VkBuffer buffer_ = VK_NULL_HANDLE;
    VkDeviceMemory memory_ = VK_NULL_HANDLE;
    std::byte* bytes_ = nullptr;
    std::size_t size_ = 0;
};

/// A two-dimensional 8-bit RGBA image on the device, with its view.
class DeviceImage {
  public:
    DeviceImage(std::shared_ptr<Device> device, int width, int height, VkImageUsageFlags usage);
    ~DeviceImage();
    DeviceImage(const DeviceImage&) = delete;
    DeviceImage& operator=(const DeviceImage&) = delete;

    VkImage handle() const { return image_; }
    VkImageView view() const { return view_; }
    int width() const { return width_; }
    int height() const { return height_; }

  private:
    void release();

    std::shared_ptr<Device> device_;
    int width_;
    int height_;
    VkImage image_ = VK_NULL_HANDLE;
    VkImageView view_ = VK_NULL_HANDLE;
    VkDeviceMemory memory_ = VK_NULL_HANDLE;
};

/// The format of pictures and of targets off screen: bytes red, green, blue, alpha, shown as they are.
constexpr VkFormat pictureFormat = VK_FORMAT_R8G8B8A8_UNORM;

/// A view of all of a two-dimensional colour image.
VkImageView makeView(const Device& device, VkImage image, VkFormat format);

}  // namespace filigree::ui
