// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/stream.h"

#include <algorithm>

namespace filigree::vulkan {
namespace {

using gpu::structure;

constexpr std::uint64_t stagingBytes = 8ULL << 20;
constexpr std::uint32_t setsPerPool = 256;

}  // namespace

Stream::Stream(std::shared_ptr<Device> device) : device_(std::move(device)), memory_(Memory::of(device_)) {
    try {
        auto pool = structure<VkCommandPoolCreateInfo>(VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO);
        pool.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT;
        pool.queueFamilyIndex = device_->queueFamily();
        device_->check(vkCreateCommandPool(device_->handle(), &pool, nullptr, &pool_), "vkCreateCommandPool");
        auto type = structure<VkSemaphoreTypeCreateInfo>(VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO);
        type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
        auto semaphore = structure<VkSemaphoreCreateInfo>(VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO);
        semaphore.pNext = &type;
        device_->check(vkCreateSemaphore(device_->handle(), &semaphore, nullptr, &timeline_),
                       "vkCreateSemaphore");
        for (Batch& batch : batch_) {
            auto info =
                structure<VkCommandBufferAllocateInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO);
            info.commandPool = pool_;
            info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
            info.commandBufferCount = 1;
            device_->check(vkAllocateCommandBuffers(device_->handle(), &info, &batch.commands),
                           "vkAllocateCommandBuffers");
            if (!device_->timestamps()) continue;
            auto queries = structure<VkQueryPoolCreateInfo>(VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO);
            queries.queryType = VK_QUERY_TYPE_TIMESTAMP;
            queries.queryCount = 2 * mostTimed;
            device_->check(vkCreateQueryPool(device_->handle(), &queries, nullptr, &batch.queries),
                           "vkCreateQueryPool");
        }
    } catch (...) {
        release();
        throw;
    }
}

Stream::~Stream() {
    release();
}

void Stream::release() {
    const VkDevice device = device_->handle();
    vkDeviceWaitIdle(device);
    for (Batch& batch : batch_) {
        batch.staging.clear();
        vkDestroyQueryPool(device, batch.queries, nullptr);
    }
    download_.reset();
    for (const VkDescriptorPool pool : descriptorPools_) vkDestroyDescriptorPool(device, pool, nullptr);
    vkDestroySemaphore(device, timeline_, nullptr);
    vkDestroyCommandPool(device, pool_, nullptr);
}

Stream::Batch& Stream::open() {
    Batch& batch = batch_[static_cast<std::size_t>(current_)];
    if (recording_) return batch;
    wait(batch.value);
    collect(batch);
    batch.stagingBlock = 0;
    batch.stagingUsed = 0;
    auto begin = structure<VkCommandBufferBeginInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO);
    begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
    device_->check(vkBeginCommandBuffer(batch.commands, &begin), "vkBeginCommandBuffer");
    if (batch.queries) vkCmdResetQueryPool(batch.commands, batch.queries, 0, 2 * mostTimed);
    recording_ = true;
    return batch;
}

void Stream::countCommand() {
    if (++commands_ >= mostCommands) submit();
}

void Stream::submit() {
    if (device_->lost()) throw gpu::DeviceLost("vkQueueSubmit");
    if (!recording_) return;
    Batch& batch = batch_[static_cast<std::size_t>(current_)];
    device_->check(vkEndCommandBuffer(batch.commands), "vkEndCommandBuffer");
    recording_ = false;
    commands_ = 0;
    batch.value = nextValue_;
    auto timeline =
        structure<VkTimelineSemaphoreSubmitInfo>(VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO);
    timeline.signalSemaphoreValueCount = 1;
    timeline.pSignalSemaphoreValues = &batch.value;
    auto info = structure<VkSubmitInfo>(VK_STRUCTURE_TYPE_SUBMIT_INFO);
    info.pNext = &timeline;
    info.commandBufferCount = 1;
    info.pCommandBuffers = &batch.commands;
    info.signalSemaphoreCount = 1;
    info.pSignalSemaphores = &timeline_;
    const VkResult result = vkQueueSubmit(device_->queue(), 1, &info, VK_NULL_HANDLE);
    if (result != VK_SUCCESS) batch.value = 0;
    device_->check(result, "vkQueueSubmit");
    ++nextValue_;
    ++submissions_;
    current_ = (current_ + 1) % batches;
}

void Stream::finish() {
    submit();
    wait(nextValue_ - 1);
    for (Batch& batch : batch_) collect(batch);
}

void Stream::wait(std::uint64_t value) {
    if (value == 0) return;
    auto info = structure<VkSemaphoreWaitInfo>(VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO);
    info.semaphoreCount = 1;
    info.pSemaphores = &timeline_;
    info.pValues = &value;
    device_->check(vkWaitSemaphores(device_->handle(), &info, UINT64_MAX), "vkWaitSemaphores");
}

void Stream::barrierFor(std::span<const Binding> bindings) {
    const auto conflicts = [&](const Binding& binding) {
        const std::uint64_t first = binding.view.offset;
        const std::uint64_t last = first + binding.view.bytes();
        return std::any_of(uses_.begin(), uses_.end(), [&](const Use& use) {
            return use.buffer == binding.view.buffer && use.first < last && first < use.last &&
                   (use.written || binding.access != Access::Read);
        });
    };
    if (std::any_of(bindings.begin(), bindings.end(), conflicts)) {
        auto barrier = structure<VkMemoryBarrier>(VK_STRUCTURE_TYPE_MEMORY_BARRIER);
        barrier.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
        barrier.dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT |
                                VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
        constexpr VkPipelineStageFlags stages =
            VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
        vkCmdPipelineBarrier(open().commands, stages, stages, 0, 1, &barrier, 0, nullptr, 0, nullptr);
        uses_.clear();
        ++barriers_;
    }
    for (const Binding& binding : bindings) {
        const Use use{binding.view.buffer, binding.view.offset, binding.view.offset + binding.view.bytes(),
                      binding.access != Access::Read};
        const bool known = std::any_of(uses_.begin(), uses_.end(), [&](const Use& other) {
            return other.buffer == use.buffer && other.first <= use.first && use.last <= other.last &&
                   other.written == use.written;
        });
        if (!known) uses_.push_back(use);
    }
}

VkDescriptorSet Stream::descriptors(const Device::Pipeline& pipeline, std::span<const Binding> bindings) {
    Bound key;
    key.reserve(3 * bindings.size());
    for (const Binding& binding : bindings) {
        std::uint64_t buffer = 0;
        std::memcpy(&buffer, &binding.view.buffer, sizeof binding.view.buffer);
        key.insert(key.end(), {buffer, binding.view.offset, binding.view.count});
    }
    if (const auto found = sets_.find(key); found != sets_.end()) return found->second;
    if (setsLeft_ == 0) {
        // Someone who binds ever new arrays does not pile up sets for ever.
        if (descriptorPools_.size() >= 64) {
            finish();
            for (const VkDescriptorPool pool : descriptorPools_)
                vkDestroyDescriptorPool(device_->handle(), pool, nullptr);
            descriptorPools_.clear();
            sets_.clear();
        }
        const VkDescriptorPoolSize size{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, setsPerPool * Device::mostBuffers};
        auto info = structure<VkDescriptorPoolCreateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO);
        info.maxSets = setsPerPool;
        info.poolSizeCount = 1;
        info.pPoolSizes = &size;
        VkDescriptorPool pool = VK_NULL_HANDLE;
        device_->check(vkCreateDescriptorPool(device_->handle(), &info, nullptr, &pool),
                       "vkCreateDescriptorPool");
        descriptorPools_.push_back(pool);
        setsLeft_ = setsPerPool;
    }
    auto info = structure<VkDescriptorSetAllocateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO);
    info.descriptorPool = descriptorPools_.back();
    info.descriptorSetCount = 1;
    info.pSetLayouts = &pipeline.setLayout;
    VkDescriptorSet set = VK_NULL_HANDLE;
    device_->check(vkAllocateDescriptorSets(device_->handle(), &info, &set), "vkAllocateDescriptorSets");
    --setsLeft_;
    std::array<VkDescriptorBufferInfo, Device::mostBuffers> buffers{};
    std::array<VkWriteDescriptorSet, Device::mostBuffers> writes{};
    for (std::size_t i = 0; i < bindings.size(); ++i) {
        const View& view = bindings[i].view;
        buffers[i] = {view.buffer, view.offset, std::max<std::uint64_t>(view.bytes(), 4)};
        writes[i] = structure<VkWriteDescriptorSet>(VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET);
        writes[i].dstSet = set;
        writes[i].dstBinding = static_cast<std::uint32_t>(i);
        writes[i].descriptorCount = 1;
        writes[i].descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
        writes[i].pBufferInfo = &buffers[i];
    }
    vkUpdateDescriptorSets(device_->handle(), static_cast<std::uint32_t>(bindings.size()), writes.data(), 0,
                           nullptr);
    sets_.emplace(std::move(key), set);
    return set;
}

void Stream::record(const Shader& shader, std::span<const std::uint32_t> constants,
                    std::span<const Binding> bindings, std::span<const std::byte> push, Groups groups,
                    Cost cost) {
    if (device_->lost()) throw gpu::DeviceLost(shader.name);
    if (groups.x == 0 || groups.y == 0 || groups.z == 0) return;
    const std::uint32_t* const most = device_->limits().maxComputeWorkGroupCount;
    if (groups.x > most[0] || groups.y > most[1] || groups.z > most[2])
        throw Error(ErrorKind::Device, "the device does not take so many work groups",
                    std::string(shader.name) + ": " + std::to_string(groups.x) + " x " +
                        std::to_string(groups.y) + " x " + std::to_string(groups.z),
                    "choose a smaller layer or batch");
    const Device::Pipeline& pipeline = device_->pipeline(shader, constants);
    const VkDescriptorSet set = descriptors(pipeline, bindings);
    Batch& batch = open();
    barrierFor(bindings);
    vkCmdBindPipeline(batch.commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.pipeline);
    vkCmdBindDescriptorSets(batch.commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.layout, 0, 1, &set, 0,
                            nullptr);
    vkCmdPushConstants(batch.commands, pipeline.layout, VK_SHADER_STAGE_COMPUTE_BIT, 0,
                       static_cast<std::uint32_t>(push.size()), push.data());
    const bool timed = batch.queries && batch.timed.size() < mostTimed;
    const auto query = static_cast<std::uint32_t>(2 * batch.timed.size());
    if (timed)
        vkCmdWriteTimestamp(batch.commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, batch.queries, query);
    vkCmdDispatch(batch.commands, static_cast<std::uint32_t>(groups.x), static_cast<std::uint32_t>(groups.y),
                  static_cast<std::uint32_t>(groups.z));
    if (timed) {
        vkCmdWriteTimestamp(batch.commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, batch.queries, query + 1);
        batch.timed.emplace_back(shader.name, cost);
    }
    ++dispatches_;
    countCommand();
}

std::pair<HostMemory*, std::uint64_t> Stream::stage(std::uint64_t bytes) {
    Batch& batch = open();
    while (batch.stagingBlock < batch.staging.size()) {
        HostMemory& block = batch.staging[batch.stagingBlock];
        if (batch.stagingUsed + bytes <= block.bytes()) {
            const std::uint64_t offset = batch.stagingUsed;
            batch.stagingUsed += (bytes + 15) / 16 * 16;
            return {&block, offset};
        }
        ++batch.stagingBlock;
        batch.stagingUsed = 0;
    }
    batch.staging.emplace_back(*device_, device_->memoryTypes().upload, std::max(bytes, stagingBytes));
    batch.stagingUsed = (bytes + 15) / 16 * 16;
    return {&batch.staging.back(), 0};
}

void Stream::writeBytes(const View& to, std::span<const std::byte> bytes) {
    if (bytes.size() != to.bytes())
        throw Error(ErrorKind::Run, "the values do not fit the array",
                    std::to_string(bytes.size()) + " bytes for " + std::to_string(to.bytes()));
    if (device_->lost()) throw gpu::DeviceLost("vkCmdCopyBuffer");
    // Large arrays travel in pieces, so that staging memory stays small.
    for (std::uint64_t done = 0; done < bytes.size();) {
        const std::uint64_t size = std::min<std::uint64_t>(bytes.size() - done, stagingBytes);
        const auto [block, offset] = stage(size);
        std::memcpy(block->data() + offset, bytes.data() + done, size);
        const Binding binding = out({to.buffer, to.offset + done, size / 4});
        barrierFor({&binding, 1});
        const VkBufferCopy region{offset, to.offset + done, size};
        vkCmdCopyBuffer(open().commands, block->buffer(), to.buffer, 1, &region);
        done += size;
        if (size == stagingBytes) submit();
    }
    countCommand();
}

void Stream::copy(const View& from, const View& to) {
    if (from.count != to.count)
        throw Error(ErrorKind::Run, "arrays of different sizes cannot be copied to each other");
    if (device_->lost()) throw gpu::DeviceLost("vkCmdCopyBuffer");
    if (from.count == 0) return;
    const std::array bindings{in(from), out(to)};
    barrierFor(bindings);
    const VkBufferCopy region{from.offset, to.offset, from.bytes()};
    vkCmdCopyBuffer(open().commands, from.buffer, to.buffer, 1, &region);
    countCommand();
}

void Stream::fill(const View& to, std::uint32_t bits) {
    if (device_->lost()) throw gpu::DeviceLost("vkCmdFillBuffer");
    if (to.count == 0) return;
    const Binding binding = out(to);
    barrierFor({&binding, 1});
    vkCmdFillBuffer(open().commands, to.buffer, to.offset, to.bytes(), bits);
    countCommand();
}

void Stream::readBytes(const View& from, std::span<std::byte> bytes) {
    if (bytes.size() != from.bytes())
        throw Error(ErrorKind::Run, "the values do not fit the array",
                    std::to_string(bytes.size()) + " bytes for " + std::to_string(from.bytes()));
    for (std::uint64_t done = 0; done < bytes.size();) {
        const std::uint64_t size = std::min<std::uint64_t>(bytes.size() - done, stagingBytes);
        if (!download_ || download_->bytes() < size) {
            finish();
            download_ = std::make_unique<HostMemory>(*device_, device_->memoryTypes().download,
                                                     std::max<std::uint64_t>(size, 1U << 16));
        }
        const Binding binding = in({from.buffer, from.offset + done, size / 4});
        barrierFor({&binding, 1});
        const VkBufferCopy region{from.offset + done, 0, size};
        const VkCommandBuffer commands = open().commands;
        vkCmdCopyBuffer(commands, from.buffer, download_->buffer(), 1, &region);
        auto barrier = structure<VkMemoryBarrier>(VK_STRUCTURE_TYPE_MEMORY_BARRIER);
        barrier.srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT;
        barrier.dstAccessMask = VK_ACCESS_HOST_READ_BIT;
        vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0, 1,
                             &barrier, 0, nullptr, 0, nullptr);
        finish();
        std::memcpy(bytes.data() + done, download_->data(), size);
        done += size;
    }
}

void Stream::collect(Batch& batch) {
    if (batch.timed.empty()) return;
    std::vector<std::uint64_t> ticks(2 * batch.timed.size());
    device_->check(vkGetQueryPoolResults(device_->handle(), batch.queries, 0,
                                         static_cast<std::uint32_t>(ticks.size()), ticks.size() * 8,
                                         ticks.data(), 8, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT),
                   "vkGetQueryPoolResults");
    for (std::size_t i = 0; i < batch.timed.size(); ++i) {
        const auto& [name, cost] = batch.timed[i];
        auto found = std::find_if(times_.begin(), times_.end(),
                                  [&name = name](const KernelTime& t) { return t.kernel == name; });
        if (found == times_.end()) found = times_.insert(times_.end(), KernelTime{name});
        ++found->calls;
        found->seconds += static_cast<double>(device_->ticks(ticks[2 * i], ticks[2 * i + 1])) *
                          device_->timestampPeriod() * 1e-9;
        found->bytes += cost.bytes;
        found->operations += cost.operations;
    }
    batch.timed.clear();
}

std::vector<KernelTime> Stream::profile() {
    finish();
    return times_;
}

void Stream::resetProfile() {
    finish();
    times_.clear();
}

}  // namespace filigree::vulkan
