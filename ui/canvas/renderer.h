// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "ui/canvas/device.h"
#include "ui/canvas/frame.h"

namespace filigree::ui {

/// Draws frames on one device into targets of one format. Its buffers hold one frame: the device must have
/// done a frame before the next is recorded.
class Renderer {
  public:
    /// `finalLayout`: what a target is in after the pass (to be presented, or to be copied).
    Renderer(std::shared_ptr<Device> device, VkFormat target, VkImageLayout finalLayout);
    ~Renderer();
    Renderer(const Renderer&) = delete;
    Renderer& operator=(const Renderer&) = delete;

    VkRenderPass pass() const { return pass_; }
    /// A framebuffer over one view of the target's format; the caller destroys it.
    VkFramebuffer makeFramebuffer(VkImageView view, int width, int height) const;

    /// Makes and uploads the textures that changed, then draws everything over the whole target.
    void record(VkCommandBuffer commands, const Frame& frame, VkFramebuffer framebuffer);

  private:
    struct Texture {
        std::uint64_t version = 0;
        std::unique_ptr<DeviceImage> image;
        VkDescriptorSet set = VK_NULL_HANDLE;
        bool smooth = true;
        std::size_t stagingOffset = 0;
    };

    void makePass(VkFormat target, VkImageLayout finalLayout);
    void makeSamplers();
    void makePipeline();
    void uploadTextures(VkCommandBuffer commands, const Frame& frame);
    void uploadGeometry(const Frame& frame);
    void writeDescriptor(Texture& texture);
    void release();

    std::shared_ptr<Device> device_;
    VkRenderPass pass_ = VK_NULL_HANDLE;
    VkSampler smooth_ = VK_NULL_HANDLE;
    VkSampler sharp_ = VK_NULL_HANDLE;
    VkDescriptorSetLayout setLayout_ = VK_NULL_HANDLE;
    VkDescriptorPool pool_ = VK_NULL_HANDLE;
    VkPipelineLayout layout_ = VK_NULL_HANDLE;
    VkPipeline pipeline_ = VK_NULL_HANDLE;
    HostBuffer vertices_;
    HostBuffer indices_;
    HostBuffer staging_;
    std::vector<Texture> textures_;
};

}  // namespace filigree::ui
