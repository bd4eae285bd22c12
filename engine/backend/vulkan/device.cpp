// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/device.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "base/platform.h"

namespace filigree::vulkan {
namespace {

using gpu::structure;

/// The queue family that computes; one without graphics where there is one, since it is often less busy.
std::optional<std::uint32_t> familyOf(VkPhysicalDevice device, std::uint32_t& timestampBits) {
    std::uint32_t count = 0;
    vkGetPhysicalDeviceQueueFamilyProperties(device, &count, nullptr);
    std::vector<VkQueueFamilyProperties> families(count);
    vkGetPhysicalDeviceQueueFamilyProperties(device, &count, families.data());
    std::optional<std::uint32_t> found;
    for (std::uint32_t family = 0; family < count; ++family) {
        const VkQueueFlags flags = families[family].queueFlags;
        if (!(flags & VK_QUEUE_COMPUTE_BIT)) continue;
        if (found && (flags & VK_QUEUE_GRAPHICS_BIT)) continue;
        found = family;
        timestampBits = families[family].timestampValidBits;
        if (!(flags & VK_QUEUE_GRAPHICS_BIT)) break;
    }
    return found;
}

std::uint64_t digest(std::span<const char> bytes) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
    for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3ULL;
    return hash;
}

/// What stands before the driver's own bytes in a file of compiled pipelines. Drivers may crash on bytes that
/// are not their own, hence the digest.
struct CacheHeader {
    char magic[8];
    std::uint64_t bytes;
    std::uint64_t digest;
};
constexpr char cacheMagic[9] = "FILIGPC1";

}  // namespace

MemoryTypes chooseMemoryTypes(const VkPhysicalDeviceMemoryProperties& memory, std::uint32_t allowed) {
    constexpr VkMemoryPropertyFlags local = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
    constexpr VkMemoryPropertyFlags host =
        VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    constexpr VkMemoryPropertyFlags cached = VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
    const auto heapOf = [&](std::uint32_t type) {
        return memory.memoryHeaps[memory.memoryTypes[type].heapIndex].size;
    };
    // The first type with all of `wanted`, on the largest heap; one with none of `unwanted` is preferred.
    const auto find = [&](VkMemoryPropertyFlags wanted,
                          VkMemoryPropertyFlags unwanted) -> std::optional<std::uint32_t> {
        std::optional<std::uint32_t> best;
        bool bestClean = false;
        for (std::uint32_t type = 0; type < memory.memoryTypeCount; ++type) {
            const VkMemoryPropertyFlags flags = memory.memoryTypes[type].propertyFlags;
            if (!(allowed >> type & 1) || (flags & wanted) != wanted) continue;
            if (flags & VK_MEMORY_PROPERTY_PROTECTED_BIT) continue;
            const bool clean = (flags & unwanted) == 0;
            const bool better =
                !best || (clean && !bestClean) || (clean == bestClean && heapOf(type) > heapOf(*best));
            if (!better) continue;
            best = type;
            bestClean = clean;
        }
        return best;
    };
    const auto device = find(local, host);
    const auto upload = find(host, local | cached);
    auto download = find(host | cached, local);
    if (!download) download = upload;
    if (!device || !upload)
        throw Error(ErrorKind::Device, "the device has no memory of the kind that is needed",
                    device ? "memory that the host can write" : "memory of the device");
    return {*device, *upload, *download, heapOf(*device)};
}

std::shared_ptr<Device> Device::open(const DeviceOptions& options) {
    return std::shared_ptr<Device>(new Device(options));
}

Device::Device(const DeviceOptions& options)
    : instance_(gpu::Instance::shared()), timestamps_(options.timestamps) {
    choose(options.name);
    create();
    if (timestampPeriod_ <= 0) timestamps_ = false;
    try {
        // Vulkan promises 128; everything but some telephones has at least 256.
        if (properties_.limits.maxComputeWorkGroupInvocations < 256)
            throw Error(ErrorKind::Device, "the device takes too few invocations per work group", info_.name,
                        "compute on another device");
        makeLayouts();
        readPipelineCache(options.pipelineCache);
        VkPhysicalDeviceMemoryProperties memory{};
        vkGetPhysicalDeviceMemoryProperties(physical_, &memory);
        // The types that a storage buffer may lie in do not depend on its size.
        auto info = structure<VkBufferCreateInfo>(VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO);
        info.size = 256;
        info.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
                     VK_BUFFER_USAGE_TRANSFER_DST_BIT;
        VkBuffer probe = VK_NULL_HANDLE;
        check(vkCreateBuffer(handle_, &info, nullptr, &probe), "vkCreateBuffer");
        VkMemoryRequirements requirements{};
        vkGetBufferMemoryRequirements(handle_, probe, &requirements);
        vkDestroyBuffer(handle_, probe, nullptr);
        memoryTypes_ = chooseMemoryTypes(memory, requirements.memoryTypeBits);
    } catch (...) {
        release();
        throw;
    }
    budgetBytes_ = options.budgetBytes ? options.budgetBytes : memoryTypes_.deviceBytes / 10 * 9;
}

void Device::choose(const std::string& name) {
    std::string known;
    std::size_t place = 0;
    for (const VkPhysicalDevice physical : instance_->physicalDevices()) {
        const gpu::DeviceInfo info = gpu::Instance::describe(physical);
        known += (known.empty() ? "" : "; ") + info.name;
        std::uint32_t timestampBits = 0;
        const auto family = familyOf(physical, timestampBits);
        if (!gpu::isMeant(info, place++, name) || !family) continue;
        physical_ = physical;
        family_ = *family;
        info_ = info;
        vkGetPhysicalDeviceProperties(physical, &properties_);
        timestampPeriod_ = timestampBits > 0 ? static_cast<double>(properties_.limits.timestampPeriod) : 0;
        if (timestampBits < 64) timestampMask_ = (1ULL << timestampBits) - 1;
        auto subgroups = structure<VkPhysicalDeviceSubgroupProperties>(
            VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES);
        auto properties =
            structure<VkPhysicalDeviceProperties2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2);
        properties.pNext = &subgroups;
        vkGetPhysicalDeviceProperties2(physical, &properties);
        subgroupSize_ = subgroups.subgroupSize;
        constexpr VkSubgroupFeatureFlags exchange =
            VK_SUBGROUP_FEATURE_BASIC_BIT | VK_SUBGROUP_FEATURE_VOTE_BIT | VK_SUBGROUP_FEATURE_SHUFFLE_BIT;
        exchanges_ = (subgroups.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT) &&
                     (subgroups.supportedOperations & exchange) == exchange;
        return;
    }
    throw Error(
        ErrorKind::Device,
        name.empty() ? "no Vulkan device can compute here" : "there is no Vulkan device \"" + name + "\"",
        "devices: " + known, "name one of these, or its number as `filigree devices` lists it");
}

void Device::create() {
    std::uint32_t count = 0;
    gpu::check(vkEnumerateDeviceExtensionProperties(physical_, nullptr, &count, nullptr),
               "vkEnumerateDeviceExtensionProperties");
    std::vector<VkExtensionProperties> available(count);
    gpu::check(vkEnumerateDeviceExtensionProperties(physical_, nullptr, &count, available.data()),
               "vkEnumerateDeviceExtensionProperties");
    std::vector<const char*> extensions;
    // A device that is not wholly conformant must be asked for by name.
    for (const VkExtensionProperties& one : available)
        if (std::strcmp(one.extensionName, "VK_KHR_portability_subset") == 0)
            extensions.push_back("VK_KHR_portability_subset");

    const float priority = 1;
    auto queue = structure<VkDeviceQueueCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO);
    queue.queueFamilyIndex = family_;
    queue.queueCount = 1;
    queue.pQueuePriorities = &priority;
    auto features =
        structure<VkPhysicalDeviceVulkan12Features>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES);
    features.timelineSemaphore = VK_TRUE;  // every 1.2 device has it
    auto info = structure<VkDeviceCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO);
    info.pNext = &features;
    info.queueCreateInfoCount = 1;
    info.pQueueCreateInfos = &queue;
    info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
    info.ppEnabledExtensionNames = extensions.data();
    gpu::check(vkCreateDevice(physical_, &info, nullptr, &handle_), "vkCreateDevice");
    vkGetDeviceQueue(handle_, family_, 0, &queue_);
}

void Device::makeLayouts() {
    std::array<VkDescriptorSetLayoutBinding, mostBuffers> bindings{};
    for (std::uint32_t i = 0; i < mostBuffers; ++i)
        bindings[i] = {i, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, nullptr};
    const std::uint32_t most = std::min(mostBuffers, properties_.limits.maxPerStageDescriptorStorageBuffers);
    for (std::uint32_t buffers = 1; buffers <= most; ++buffers) {
        auto set =
            structure<VkDescriptorSetLayoutCreateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO);
        set.bindingCount = buffers;
        set.pBindings = bindings.data();
        check(vkCreateDescriptorSetLayout(handle_, &set, nullptr, &setLayouts_[buffers]),
              "vkCreateDescriptorSetLayout");
        const VkPushConstantRange range{VK_SHADER_STAGE_COMPUTE_BIT, 0, pushBytes};
        auto layout = structure<VkPipelineLayoutCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO);
        layout.setLayoutCount = 1;
        layout.pSetLayouts = &setLayouts_[buffers];
        layout.pushConstantRangeCount = 1;
        layout.pPushConstantRanges = &range;
        check(vkCreatePipelineLayout(handle_, &layout, nullptr, &layouts_[buffers]),
              "vkCreatePipelineLayout");
    }
}

void Device::readPipelineCache(const std::filesystem::path& folder) {
    std::vector<char> bytes;
    if (!folder.empty()) {
        char name[64];
        std::snprintf(name, sizeof name, "pipelines-%04x-%04x-%08x.bin", properties_.vendorID,
                      properties_.deviceID, properties_.driverVersion);
        cacheFile_ = folder / name;
        std::ifstream file(cacheFile_, std::ios::binary);
        bytes.assign(std::istreambuf_iterator<char>(file), {});
    }
    CacheHeader header{};
    std::span<const char> payload;
    if (bytes.size() > sizeof header) {
        std::memcpy(&header, bytes.data(), sizeof header);
        payload = std::span(bytes).subspan(sizeof header);
    }
    const bool sound = !payload.empty() && std::memcmp(header.magic, cacheMagic, sizeof header.magic) == 0 &&
                       header.bytes == payload.size() && header.digest == digest(payload);
    compiled_ = !sound;  // what is damaged is written anew even if nothing else is compiled
    auto info = structure<VkPipelineCacheCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO);
    if (sound) {
        info.initialDataSize = payload.size();
        info.pInitialData = payload.data();
    }
    check(vkCreatePipelineCache(handle_, &info, nullptr, &cache_), "vkCreatePipelineCache");
}

void Device::writePipelineCache() const {
    if (cacheFile_.empty() || !compiled_ || lost_) return;
    std::size_t size = 0;
    if (vkGetPipelineCacheData(handle_, cache_, &size, nullptr) != VK_SUCCESS || size == 0) return;
    std::vector<char> bytes(sizeof(CacheHeader) + size);
    if (vkGetPipelineCacheData(handle_, cache_, &size, bytes.data() + sizeof(CacheHeader)) != VK_SUCCESS)
        return;
    bytes.resize(sizeof(CacheHeader) + size);
    CacheHeader header{};
    std::memcpy(header.magic, cacheMagic, sizeof header.magic);
    header.bytes = size;
    header.digest = digest(std::span<const char>(bytes).subspan(sizeof header));
    std::memcpy(bytes.data(), &header, sizeof header);
    try {
        std::filesystem::create_directories(cacheFile_.parent_path());
        platform::writeFileDurably(cacheFile_, bytes.data(), bytes.size());
    } catch (const std::exception&) {
        // The file only saves time; where it cannot be written, pipelines are compiled again.
    }
}

const Device::Pipeline& Device::pipeline(const Shader& shader, std::span<const std::uint32_t> constants) {
    auto key = std::pair(shader.words.data(), std::vector<std::uint32_t>(constants.begin(), constants.end()));
    if (const auto found = pipelines_.find(key); found != pipelines_.end()) return found->second;
    if (shader.buffers > mostBuffers || !layouts_[shader.buffers])
        throw Error(ErrorKind::Device, "the device binds too few storage buffers at once for a kernel",
                    shader.name, "compute on another device, or on the CPU");

    auto code = structure<VkShaderModuleCreateInfo>(VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO);
    code.codeSize = shader.words.size_bytes();
    code.pCode = shader.words.data();
    VkShaderModule module = VK_NULL_HANDLE;
    check(vkCreateShaderModule(handle_, &code, nullptr, &module), "vkCreateShaderModule");
    std::vector<VkSpecializationMapEntry> entries;
    for (std::uint32_t i = 0; i < constants.size(); ++i) entries.push_back({i, i * 4, 4});
    VkSpecializationInfo values{};
    values.mapEntryCount = static_cast<std::uint32_t>(entries.size());
    values.pMapEntries = entries.data();
    values.dataSize = constants.size_bytes();
    values.pData = constants.data();
    auto info = structure<VkComputePipelineCreateInfo>(VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO);
    info.stage =
        structure<VkPipelineShaderStageCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO);
    info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
    info.stage.module = module;
    info.stage.pName = "main";
    info.stage.pSpecializationInfo = &values;
    info.layout = layouts_[shader.buffers];
    Pipeline made{VK_NULL_HANDLE, layouts_[shader.buffers], setLayouts_[shader.buffers]};
    const VkResult result = vkCreateComputePipelines(handle_, cache_, 1, &info, nullptr, &made.pipeline);
    vkDestroyShaderModule(handle_, module, nullptr);
    check(result, "vkCreateComputePipelines");
    compiled_ = true;
    return pipelines_.emplace(std::move(key), made).first->second;
}

void Device::check(VkResult result, const char* call) const {
    if (lost_) throw gpu::DeviceLost(call);
    if (result == VK_ERROR_DEVICE_LOST) lost_ = true;
    gpu::check(result, call);
}

Device::~Device() {
    release();
}

void Device::release() {
    vkDeviceWaitIdle(handle_);
    if (cache_) writePipelineCache();
    for (const auto& [key, made] : pipelines_) vkDestroyPipeline(handle_, made.pipeline, nullptr);
    for (const VkPipelineLayout layout : layouts_) vkDestroyPipelineLayout(handle_, layout, nullptr);
    for (const VkDescriptorSetLayout layout : setLayouts_)
        vkDestroyDescriptorSetLayout(handle_, layout, nullptr);
    vkDestroyPipelineCache(handle_, cache_, nullptr);
    vkDestroyDevice(handle_, nullptr);
}

}  // namespace filigree::vulkan
