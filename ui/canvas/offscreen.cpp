// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/offscreen.h"

#include <cstring>
#include <string>
#include <utility>

#include "ui/canvas/scene.h"

namespace filigree::ui {

Offscreen::Offscreen(std::shared_ptr<Device> device)
    : device_(std::move(device)),
      renderer_(device_, pictureFormat, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL),
      commands_(device_),
      pixels_(device_, VK_BUFFER_USAGE_TRANSFER_DST_BIT) {}

Offscreen::Offscreen(const std::string& deviceName)
    : Offscreen(Device::open(Instance::shared(), VK_NULL_HANDLE, deviceName)) {}

Offscreen::~Offscreen() {
    if (framebuffer_) vkDestroyFramebuffer(device_->handle(), framebuffer_, nullptr);
}

void Offscreen::resize(int width, int height) {
    if (image_ && image_->width() == width && image_->height() == height) return;
    VkPhysicalDeviceProperties properties{};
    vkGetPhysicalDeviceProperties(device_->physical(), &properties);
    const auto most = static_cast<int>(properties.limits.maxImageDimension2D);
    if (width < 1 || height < 1 || width > most || height > most)
        throw Error(
            ErrorKind::Device,
            "the device cannot draw a picture of " + std::to_string(width) + " x " + std::to_string(height),
            device_->info().name, "choose a size of 1 to " + std::to_string(most) + " pixels a side");
    if (framebuffer_) vkDestroyFramebuffer(device_->handle(), framebuffer_, nullptr);
    framebuffer_ = VK_NULL_HANDLE;
    image_ = std::make_unique<DeviceImage>(
        device_, width, height, VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT);
    framebuffer_ = renderer_.makeFramebuffer(image_->view(), width, height);
}

Picture Offscreen::draw(const Frame& frame) {
    resize(frame.width, frame.height);
    Picture picture(frame.width, frame.height);
    const std::size_t bytes = picture.pixels.size() * sizeof(std::uint32_t);
    pixels_.reserve(bytes);

    const VkCommandBuffer commands = commands_.begin();
    renderer_.record(commands, frame, framebuffer_);
    VkBufferImageCopy region{};
    region.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    region.imageExtent = {static_cast<std::uint32_t>(frame.width), static_cast<std::uint32_t>(frame.height),
                          1};
    vkCmdCopyImageToBuffer(commands, image_->handle(), VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, pixels_.handle(),
                           1, &region);
    auto toHost = structure<VkBufferMemoryBarrier>(VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER);
    toHost.srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT;
    toHost.dstAccessMask = VK_ACCESS_HOST_READ_BIT;
    toHost.srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    toHost.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    toHost.buffer = pixels_.handle();
    toHost.size = VK_WHOLE_SIZE;
    vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0, 0, nullptr,
                         1, &toHost, 0, nullptr);
    commands_.submitAndWait();
    std::memcpy(picture.pixels.data(), pixels_.bytes(), bytes);
    return picture;
}

Picture render(View& view, int width, int height, float scale, Appearance appearance,
               const std::string& deviceName) {
    Offscreen target(deviceName);
    Scene scene;
    scene.setAppearance(appearance);
    scene.setScale(scale);
    return target.draw(scene.build(view, width, height));
}

}  // namespace filigree::ui
