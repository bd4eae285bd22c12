// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/renderer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <utility>

namespace filigree::ui {
namespace {

constexpr std::uint32_t vertexCode[] = {
#include "shaders/draw/draw_list.vert.inc"
};
constexpr std::uint32_t fragmentCode[] = {
#include "shaders/draw/draw_list.frag.inc"
};

/// Textures of one canvas: the font and what its view draws.
constexpr std::uint32_t mostTextures = 64;

/// A shader module that lives as long as a pipeline is made of it.
class Shader {
  public:
    Shader(VkDevice device, const std::uint32_t* words, std::size_t bytes) : device_(device) {
        auto info = structure<VkShaderModuleCreateInfo>(VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO);
        info.codeSize = bytes;
        info.pCode = words;
        check(vkCreateShaderModule(device, &info, nullptr, &handle_), "vkCreateShaderModule");
    }
    ~Shader() { vkDestroyShaderModule(device_, handle_, nullptr); }
    Shader(const Shader&) = delete;
    Shader& operator=(const Shader&) = delete;

    VkPipelineShaderStageCreateInfo stage(VkShaderStageFlagBits which) const {
        auto info =
            structure<VkPipelineShaderStageCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO);
        info.stage = which;
        info.module = handle_;
        info.pName = "main";
        return info;
    }

  private:
    VkDevice device_;
    VkShaderModule handle_ = VK_NULL_HANDLE;
};

void transition(VkCommandBuffer commands, VkImage image, VkImageLayout from, VkImageLayout to,
                VkPipelineStageFlags fromStage, VkAccessFlags fromAccess, VkPipelineStageFlags toStage,
                VkAccessFlags toAccess) {
    auto barrier = structure<VkImageMemoryBarrier>(VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER);
    barrier.srcAccessMask = fromAccess;
    barrier.dstAccessMask = toAccess;
    barrier.oldLayout = from;
    barrier.newLayout = to;
    barrier.srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.image = image;
    barrier.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
    vkCmdPipelineBarrier(commands, fromStage, toStage, 0, 0, nullptr, 0, nullptr, 1, &barrier);
}

}  // namespace

Renderer::Renderer(std::shared_ptr<Device> device, VkFormat target, VkImageLayout finalLayout)
    : device_(std::move(device)),
      vertices_(device_, VK_BUFFER_USAGE_VERTEX_BUFFER_BIT),
      indices_(device_, VK_BUFFER_USAGE_INDEX_BUFFER_BIT),
      staging_(device_, VK_BUFFER_USAGE_TRANSFER_SRC_BIT) {
    try {
        makePass(target, finalLayout);
        makeSamplers();
        makePipeline();
    } catch (...) {
        release();
        throw;
    }
}

Renderer::~Renderer() {
    release();
}

void Renderer::release() {
    const VkDevice device = device_->handle();
    vkDeviceWaitIdle(device);
    if (pipeline_) vkDestroyPipeline(device, pipeline_, nullptr);
    if (layout_) vkDestroyPipelineLayout(device, layout_, nullptr);
    if (pool_) vkDestroyDescriptorPool(device, pool_, nullptr);
    if (setLayout_) vkDestroyDescriptorSetLayout(device, setLayout_, nullptr);
    if (sharp_) vkDestroySampler(device, sharp_, nullptr);
    if (smooth_) vkDestroySampler(device, smooth_, nullptr);
    if (pass_) vkDestroyRenderPass(device, pass_, nullptr);
}

void Renderer::makePass(VkFormat target, VkImageLayout finalLayout) {
    VkAttachmentDescription colour{};
    colour.format = target;
    colour.samples = VK_SAMPLE_COUNT_1_BIT;
    colour.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
    colour.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
    colour.stencilLoadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE;
    colour.stencilStoreOp = VK_ATTACHMENT_STORE_OP_DONT_CARE;
    colour.initialLayout = VK_IMAGE_LAYOUT_UNDEFINED;
    colour.finalLayout = finalLayout;
    const VkAttachmentReference reference{0, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
    VkSubpassDescription subpass{};
    subpass.pipelineBindPoint = VK_PIPELINE_BIND_POINT_GRAPHICS;
    subpass.colorAttachmentCount = 1;
    subpass.pColorAttachments = &reference;
    // Before: the swap chain's image is released by the semaphore that is waited for at colour output. After:
    // a copy of the picture reads it; presenting is ordered by its semaphore.
    std::array<VkSubpassDependency, 2> order{};
    order[0].srcSubpass = VK_SUBPASS_EXTERNAL;
    order[0].srcStageMask = VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
    order[0].srcAccessMask = VK_ACCESS_TRANSFER_READ_BIT;
    order[0].dstStageMask = VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT;
    order[0].dstAccessMask = VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT | VK_ACCESS_COLOR_ATTACHMENT_READ_BIT;
    order[1].dstSubpass = VK_SUBPASS_EXTERNAL;
    order[1].srcStageMask = VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT;
    order[1].srcAccessMask = VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT;
    order[1].dstStageMask = VK_PIPELINE_STAGE_TRANSFER_BIT;
    order[1].dstAccessMask = VK_ACCESS_TRANSFER_READ_BIT;
    auto info = structure<VkRenderPassCreateInfo>(VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO);
    info.attachmentCount = 1;
    info.pAttachments = &colour;
    info.subpassCount = 1;
    info.pSubpasses = &subpass;
    info.dependencyCount = static_cast<std::uint32_t>(order.size());
    info.pDependencies = order.data();
    check(vkCreateRenderPass(device_->handle(), &info, nullptr, &pass_), "vkCreateRenderPass");
}

void Renderer::makeSamplers() {
    auto info = structure<VkSamplerCreateInfo>(VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO);
    info.addressModeU = info.addressModeV = info.addressModeW = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE;
    info.maxLod = 0;
    info.magFilter = info.minFilter = VK_FILTER_LINEAR;
    check(vkCreateSampler(device_->handle(), &info, nullptr, &smooth_), "vkCreateSampler");
    info.magFilter = info.minFilter = VK_FILTER_NEAREST;
    check(vkCreateSampler(device_->handle(), &info, nullptr, &sharp_), "vkCreateSampler");
}

void Renderer::makePipeline() {
    const VkDevice device = device_->handle();
    VkDescriptorSetLayoutBinding binding{};
    binding.descriptorType = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
    binding.descriptorCount = 1;
    binding.stageFlags = VK_SHADER_STAGE_FRAGMENT_BIT;
    auto sets =
        structure<VkDescriptorSetLayoutCreateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO);
    sets.bindingCount = 1;
    sets.pBindings = &binding;
    check(vkCreateDescriptorSetLayout(device, &sets, nullptr, &setLayout_), "vkCreateDescriptorSetLayout");

    const VkDescriptorPoolSize size{VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, mostTextures};
    auto pool = structure<VkDescriptorPoolCreateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO);
    pool.maxSets = mostTextures;
    pool.poolSizeCount = 1;
    pool.pPoolSizes = &size;
    check(vkCreateDescriptorPool(device, &pool, nullptr, &pool_), "vkCreateDescriptorPool");

    const VkPushConstantRange constants{VK_SHADER_STAGE_VERTEX_BIT, 0, 2 * sizeof(float)};
    auto layout = structure<VkPipelineLayoutCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO);
    layout.setLayoutCount = 1;
    layout.pSetLayouts = &setLayout_;
    layout.pushConstantRangeCount = 1;
    layout.pPushConstantRanges = &constants;
    check(vkCreatePipelineLayout(device, &layout, nullptr, &layout_), "vkCreatePipelineLayout");

    const Shader vertexShader(device, vertexCode, sizeof(vertexCode));
    const Shader fragmentShader(device, fragmentCode, sizeof(fragmentCode));
    const std::array stages{vertexShader.stage(VK_SHADER_STAGE_VERTEX_BIT),
                            fragmentShader.stage(VK_SHADER_STAGE_FRAGMENT_BIT)};
    const VkVertexInputBindingDescription stride{0, sizeof(FrameVertex), VK_VERTEX_INPUT_RATE_VERTEX};
    const std::array<VkVertexInputAttributeDescription, 3> attributes{{
        {0, 0, VK_FORMAT_R32G32_SFLOAT, offsetof(FrameVertex, x)},
        {1, 0, VK_FORMAT_R32G32_SFLOAT, offsetof(FrameVertex, u)},
        {2, 0, VK_FORMAT_R8G8B8A8_UNORM, offsetof(FrameVertex, colour)},
    }};
    auto input = structure<VkPipelineVertexInputStateCreateInfo>(
        VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO);
    input.vertexBindingDescriptionCount = 1;
    input.pVertexBindingDescriptions = &stride;
    input.vertexAttributeDescriptionCount = static_cast<std::uint32_t>(attributes.size());
    input.pVertexAttributeDescriptions = attributes.data();
    auto assembly = structure<VkPipelineInputAssemblyStateCreateInfo>(
        VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO);
    assembly.topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST;
    auto viewport =
        structure<VkPipelineViewportStateCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO);
    viewport.viewportCount = 1;
    viewport.scissorCount = 1;
    auto raster = structure<VkPipelineRasterizationStateCreateInfo>(
        VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO);
    raster.cullMode = VK_CULL_MODE_NONE;
    raster.lineWidth = 1;
    auto samples = structure<VkPipelineMultisampleStateCreateInfo>(
        VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO);
    samples.rasterizationSamples = VK_SAMPLE_COUNT_1_BIT;
    VkPipelineColorBlendAttachmentState blend{};
    blend.blendEnable = VK_TRUE;
    blend.srcColorBlendFactor = VK_BLEND_FACTOR_SRC_ALPHA;
    blend.dstColorBlendFactor = VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA;
    blend.colorBlendOp = VK_BLEND_OP_ADD;
    blend.srcAlphaBlendFactor = VK_BLEND_FACTOR_ONE;
    blend.dstAlphaBlendFactor = VK_BLEND_FACTOR_ONE_MINUS_SRC_ALPHA;
    blend.alphaBlendOp = VK_BLEND_OP_ADD;
    blend.colorWriteMask = VK_COLOR_COMPONENT_R_BIT | VK_COLOR_COMPONENT_G_BIT | VK_COLOR_COMPONENT_B_BIT |
                           VK_COLOR_COMPONENT_A_BIT;
    auto blending = structure<VkPipelineColorBlendStateCreateInfo>(
        VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO);
    blending.attachmentCount = 1;
    blending.pAttachments = &blend;
    const std::array dynamic{VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR};
    auto dynamics =
        structure<VkPipelineDynamicStateCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO);
    dynamics.dynamicStateCount = static_cast<std::uint32_t>(dynamic.size());
    dynamics.pDynamicStates = dynamic.data();

    auto info = structure<VkGraphicsPipelineCreateInfo>(VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO);
    info.stageCount = static_cast<std::uint32_t>(stages.size());
    info.pStages = stages.data();
    info.pVertexInputState = &input;
    info.pInputAssemblyState = &assembly;
    info.pViewportState = &viewport;
    info.pRasterizationState = &raster;
    info.pMultisampleState = &samples;
    info.pColorBlendState = &blending;
    info.pDynamicState = &dynamics;
    info.layout = layout_;
    info.renderPass = pass_;
    check(vkCreateGraphicsPipelines(device, VK_NULL_HANDLE, 1, &info, nullptr, &pipeline_),
          "vkCreateGraphicsPipelines");
}

VkFramebuffer Renderer::makeFramebuffer(VkImageView view, int width, int height) const {
    auto info = structure<VkFramebufferCreateInfo>(VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO);
    info.renderPass = pass_;
    info.attachmentCount = 1;
    info.pAttachments = &view;
    info.width = static_cast<std::uint32_t>(width);
    info.height = static_cast<std::uint32_t>(height);
    info.layers = 1;
    VkFramebuffer framebuffer = VK_NULL_HANDLE;
    check(vkCreateFramebuffer(device_->handle(), &info, nullptr, &framebuffer), "vkCreateFramebuffer");
    return framebuffer;
}

void Renderer::writeDescriptor(Texture& texture) {
    if (!texture.set) {
        auto info = structure<VkDescriptorSetAllocateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO);
        info.descriptorPool = pool_;
        info.descriptorSetCount = 1;
        info.pSetLayouts = &setLayout_;
        check(vkAllocateDescriptorSets(device_->handle(), &info, &texture.set), "vkAllocateDescriptorSets");
    }
    const VkDescriptorImageInfo image{texture.smooth ? smooth_ : sharp_, texture.image->view(),
                                      VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL};
    auto write = structure<VkWriteDescriptorSet>(VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET);
    write.dstSet = texture.set;
    write.descriptorCount = 1;
    write.descriptorType = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
    write.pImageInfo = &image;
    vkUpdateDescriptorSets(device_->handle(), 1, &write, 0, nullptr);
}

void Renderer::uploadTextures(VkCommandBuffer commands, const Frame& frame) {
    if (frame.textures.size() > mostTextures)
        throw Error(ErrorKind::Device,
                    "a view draws with more than " + std::to_string(mostTextures) + " pictures");
    if (textures_.size() < frame.textures.size()) textures_.resize(frame.textures.size());
    std::vector<std::pair<Texture*, Picture>> changed;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < frame.textures.size(); ++i) {
        const FrameTexture& wanted = frame.textures[i];
        if (textures_[i].image && textures_[i].version == wanted.version &&
            textures_[i].smooth == wanted.smooth)
            continue;
        Picture picture = wanted.make ? wanted.make() : Picture();
        // A texture that nothing is drawn with yet still needs an image to be bound.
        if (picture.pixels.empty()) picture = Picture(1, 1);
        textures_[i].version = wanted.version;
        textures_[i].smooth = wanted.smooth;
        textures_[i].stagingOffset = bytes;
        bytes += picture.pixels.size() * sizeof(std::uint32_t);
        changed.emplace_back(&textures_[i], std::move(picture));
    }
    if (changed.empty()) return;
    staging_.reserve(bytes);
    for (auto& [texture, picture] : changed) {
        if (!texture->image || texture->image->width() != picture.width ||
            texture->image->height() != picture.height)
            texture->image =
                std::make_unique<DeviceImage>(device_, picture.width, picture.height,
                                              VK_IMAGE_USAGE_TRANSFER_DST_BIT | VK_IMAGE_USAGE_SAMPLED_BIT);
        writeDescriptor(*texture);
        std::memcpy(staging_.bytes() + texture->stagingOffset, picture.pixels.data(),
                    picture.pixels.size() * sizeof(std::uint32_t));
        const VkImage image = texture->image->handle();
        transition(commands, image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
                   VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT, 0, VK_PIPELINE_STAGE_TRANSFER_BIT,
                   VK_ACCESS_TRANSFER_WRITE_BIT);
        VkBufferImageCopy region{};
        region.bufferOffset = texture->stagingOffset;
        region.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
        region.imageExtent = {static_cast<std::uint32_t>(picture.width),
                              static_cast<std::uint32_t>(picture.height), 1};
        vkCmdCopyBufferToImage(commands, staging_.handle(), image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1,
                               &region);
        transition(commands, image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
                   VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL, VK_PIPELINE_STAGE_TRANSFER_BIT,
                   VK_ACCESS_TRANSFER_WRITE_BIT, VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT,
                   VK_ACCESS_SHADER_READ_BIT);
    }
}

void Renderer::uploadGeometry(const Frame& frame) {
    const std::size_t vertexBytes = frame.vertices.size() * sizeof(FrameVertex);
    const std::size_t indexBytes = frame.indices.size() * sizeof(std::uint16_t);
    vertices_.reserve(vertexBytes);
    indices_.reserve(indexBytes);
    if (vertexBytes) std::memcpy(vertices_.bytes(), frame.vertices.data(), vertexBytes);
    if (indexBytes) std::memcpy(indices_.bytes(), frame.indices.data(), indexBytes);
}

void Renderer::record(VkCommandBuffer commands, const Frame& frame, VkFramebuffer framebuffer) {
    uploadTextures(commands, frame);
    uploadGeometry(frame);

    const auto unit = [](std::uint8_t channel) { return static_cast<float>(channel) / 255; };
    VkClearValue clear{};
    clear.color = {{unit(frame.ground.red), unit(frame.ground.green), unit(frame.ground.blue), 1}};
    const VkExtent2D extent{static_cast<std::uint32_t>(frame.width),
                            static_cast<std::uint32_t>(frame.height)};
    auto begin = structure<VkRenderPassBeginInfo>(VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO);
    begin.renderPass = pass_;
    begin.framebuffer = framebuffer;
    begin.renderArea = {{0, 0}, extent};
    begin.clearValueCount = 1;
    begin.pClearValues = &clear;
    vkCmdBeginRenderPass(commands, &begin, VK_SUBPASS_CONTENTS_INLINE);
    if (!frame.commands.empty()) {
        vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline_);
        const VkDeviceSize start = 0;
        const VkBuffer vertices = vertices_.handle();
        vkCmdBindVertexBuffers(commands, 0, 1, &vertices, &start);
        vkCmdBindIndexBuffer(commands, indices_.handle(), 0, VK_INDEX_TYPE_UINT16);
        const VkViewport viewport{0, 0, static_cast<float>(frame.width), static_cast<float>(frame.height),
                                  0, 1};
        vkCmdSetViewport(commands, 0, 1, &viewport);
        const std::array toClip{2 / viewport.width, 2 / viewport.height};
        vkCmdPushConstants(commands, layout_, VK_SHADER_STAGE_VERTEX_BIT, 0, sizeof(toClip), toClip.data());
    }
    for (const DrawCommand& command : frame.commands) {
        const auto left = static_cast<std::int32_t>(std::max(0.0F, command.left));
        const auto top = static_cast<std::int32_t>(std::max(0.0F, command.top));
        const auto right =
            static_cast<std::int32_t>(std::min<float>(static_cast<float>(frame.width), command.right));
        const auto bottom =
            static_cast<std::int32_t>(std::min<float>(static_cast<float>(frame.height), command.bottom));
        if (right <= left || bottom <= top || command.indexCount == 0) continue;
        const VkRect2D clip{
            {left, top},
            {static_cast<std::uint32_t>(right - left), static_cast<std::uint32_t>(bottom - top)}};
        vkCmdSetScissor(commands, 0, 1, &clip);
        vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, layout_, 0, 1,
                                &textures_[command.texture].set, 0, nullptr);
        vkCmdDrawIndexed(commands, command.indexCount, 1, command.firstIndex, command.vertexOffset, 0);
    }
    vkCmdEndRenderPass(commands);
}

}  // namespace filigree::ui
