// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/swap_chain.h"

#include <algorithm>
#include <utility>

namespace filigree::ui {

VkSurfaceFormatKHR SwapChain::chooseFormat(const Device& device, VkSurfaceKHR surface) {
    std::uint32_t count = 0;
    check(vkGetPhysicalDeviceSurfaceFormatsKHR(device.physical(), surface, &count, nullptr),
          "vkGetPhysicalDeviceSurfaceFormatsKHR");
    std::vector<VkSurfaceFormatKHR> formats(count);
    check(vkGetPhysicalDeviceSurfaceFormatsKHR(device.physical(), surface, &count, formats.data()),
          "vkGetPhysicalDeviceSurfaceFormatsKHR");
    // Colours are meant as they are written, so no format that converts.
    for (const VkSurfaceFormatKHR& format : formats)
        if (format.format == VK_FORMAT_B8G8R8A8_UNORM || format.format == VK_FORMAT_R8G8B8A8_UNORM)
            return format;
    throw Error(ErrorKind::Device, "the window offers no 8-bit colours", device.info().name);
}

SwapChain::SwapChain(std::shared_ptr<Device> device, VkSurfaceKHR surface)
    : device_(std::move(device)),
      surface_(surface),
      format_(chooseFormat(*device_, surface)),
      renderer_(device_, format_.format, VK_IMAGE_LAYOUT_PRESENT_SRC_KHR),
      commands_(device_) {
    auto info = structure<VkSemaphoreCreateInfo>(VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO);
    check(vkCreateSemaphore(device_->handle(), &info, nullptr, &acquired_), "vkCreateSemaphore");
}

SwapChain::~SwapChain() {
    vkDeviceWaitIdle(device_->handle());
    dropTargets();
    if (chain_) vkDestroySwapchainKHR(device_->handle(), chain_, nullptr);
    vkDestroySemaphore(device_->handle(), acquired_, nullptr);
}

void SwapChain::dropTargets() {
    for (const Target& target : targets_) {
        if (target.framebuffer) vkDestroyFramebuffer(device_->handle(), target.framebuffer, nullptr);
        if (target.view) vkDestroyImageView(device_->handle(), target.view, nullptr);
        if (target.drawn) vkDestroySemaphore(device_->handle(), target.drawn, nullptr);
    }
    targets_.clear();
}

bool SwapChain::rebuild(int width, int height) {
    VkSurfaceCapabilitiesKHR can{};
    check(vkGetPhysicalDeviceSurfaceCapabilitiesKHR(device_->physical(), surface_, &can),
          "vkGetPhysicalDeviceSurfaceCapabilitiesKHR");
    VkExtent2D extent = can.currentExtent;
    // Some systems leave the size to the program.
    if (extent.width == UINT32_MAX)
        extent = {
            std::clamp(static_cast<std::uint32_t>(width), can.minImageExtent.width, can.maxImageExtent.width),
            std::clamp(static_cast<std::uint32_t>(height), can.minImageExtent.height,
                       can.maxImageExtent.height)};
    if (extent.width == 0 || extent.height == 0) return false;

    vkDeviceWaitIdle(device_->handle());
    dropTargets();
    auto info = structure<VkSwapchainCreateInfoKHR>(VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR);
    info.surface = surface_;
    info.minImageCount = std::max(2U, can.minImageCount);
    if (can.maxImageCount > 0) info.minImageCount = std::min(info.minImageCount, can.maxImageCount);
    info.imageFormat = format_.format;
    info.imageColorSpace = format_.colorSpace;
    info.imageExtent = extent;
    info.imageArrayLayers = 1;
    info.imageUsage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT;
    info.imageSharingMode = VK_SHARING_MODE_EXCLUSIVE;
    info.preTransform = can.currentTransform;
    info.compositeAlpha = (can.supportedCompositeAlpha & VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR)
                              ? VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR
                              : VK_COMPOSITE_ALPHA_INHERIT_BIT_KHR;
    info.presentMode = VK_PRESENT_MODE_FIFO_KHR;
    info.clipped = VK_TRUE;
    info.oldSwapchain = chain_;
    VkSwapchainKHR made = VK_NULL_HANDLE;
    const VkResult result = vkCreateSwapchainKHR(device_->handle(), &info, nullptr, &made);
    // The old chain is retired even if that failed.
    if (chain_) vkDestroySwapchainKHR(device_->handle(), chain_, nullptr);
    chain_ = made;
    check(result, "vkCreateSwapchainKHR");
    extent_ = extent;

    std::uint32_t count = 0;
    check(vkGetSwapchainImagesKHR(device_->handle(), chain_, &count, nullptr), "vkGetSwapchainImagesKHR");
    std::vector<VkImage> images(count);
    check(vkGetSwapchainImagesKHR(device_->handle(), chain_, &count, images.data()),
          "vkGetSwapchainImagesKHR");
    for (const VkImage image : images) {
        Target& target = targets_.emplace_back();
        target.view = makeView(*device_, image, format_.format);
        target.framebuffer = renderer_.makeFramebuffer(target.view, static_cast<int>(extent.width),
                                                       static_cast<int>(extent.height));
        auto semaphore = structure<VkSemaphoreCreateInfo>(VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO);
        check(vkCreateSemaphore(device_->handle(), &semaphore, nullptr, &target.drawn), "vkCreateSemaphore");
    }
    stale_ = false;
    return true;
}

SwapChain::Outcome SwapChain::draw(const Frame& frame) {
    const auto differs = [&] {
        return extent_.width != static_cast<std::uint32_t>(frame.width) ||
               extent_.height != static_cast<std::uint32_t>(frame.height);
    };
    if ((stale_ || differs()) && !rebuild(frame.width, frame.height)) return Outcome::NotShown;
    std::uint32_t index = 0;
    VkResult result =
        vkAcquireNextImageKHR(device_->handle(), chain_, UINT64_MAX, acquired_, VK_NULL_HANDLE, &index);
    if (result == VK_ERROR_SURFACE_LOST_KHR) return Outcome::SurfaceLost;
    if (result == VK_ERROR_OUT_OF_DATE_KHR) {
        stale_ = true;
        return Outcome::NotShown;
    }
    check(result, "vkAcquireNextImageKHR");

    Target& target = targets_[index];
    const VkCommandBuffer commands = commands_.begin();
    if (differs()) {
        Frame fitted = frame;
        fitted.width = static_cast<int>(extent_.width);
        fitted.height = static_cast<int>(extent_.height);
        renderer_.record(commands, fitted, target.framebuffer);
    } else {
        renderer_.record(commands, frame, target.framebuffer);
    }
    commands_.submitAndWait(acquired_, target.drawn);

    auto present = structure<VkPresentInfoKHR>(VK_STRUCTURE_TYPE_PRESENT_INFO_KHR);
    present.waitSemaphoreCount = 1;
    present.pWaitSemaphores = &target.drawn;
    present.swapchainCount = 1;
    present.pSwapchains = &chain_;
    present.pImageIndices = &index;
    result = vkQueuePresentKHR(device_->queue(), &present);
    if (result == VK_ERROR_SURFACE_LOST_KHR) return Outcome::SurfaceLost;
    if (result == VK_ERROR_OUT_OF_DATE_KHR || result == VK_SUBOPTIMAL_KHR) stale_ = true;
    if (result == VK_ERROR_OUT_OF_DATE_KHR) return Outcome::NotShown;
    check(result, "vkQueuePresentKHR");
    return Outcome::Shown;
}

}  // namespace filigree::ui
