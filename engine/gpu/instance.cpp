// SPDX-License-Identifier: Apache-2.0
#define VOLK_IMPLEMENTATION
#include "gpu/instance.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <utility>

#include "base/platform.h"
#include "base/version.h"

namespace filigree::gpu {
namespace {

constexpr const char* validationLayer = "VK_LAYER_KHRONOS_validation";
constexpr const char* noDriverAdvice =
    "install a Vulkan driver (Debian and Ubuntu: mesa-vulkan-drivers, which also brings a software device)";

std::string resultName(VkResult result) {
    switch (result) {
        case VK_ERROR_OUT_OF_HOST_MEMORY:
            return "out of host memory";
        case VK_ERROR_OUT_OF_DEVICE_MEMORY:
            return "out of device memory";
        case VK_ERROR_INITIALIZATION_FAILED:
            return "initialisation failed";
        case VK_ERROR_INCOMPATIBLE_DRIVER:
            return "no compatible driver";
        case VK_ERROR_LAYER_NOT_PRESENT:
            return "a layer is missing";
        case VK_ERROR_EXTENSION_NOT_PRESENT:
            return "an extension is missing";
        case VK_ERROR_SURFACE_LOST_KHR:
            return "the window's surface is gone";
        default:
            return "result " + std::to_string(static_cast<int>(result));
    }
}

std::vector<std::string> instanceExtensions(const char* layer) {
    std::uint32_t count = 0;
    if (vkEnumerateInstanceExtensionProperties(layer, &count, nullptr) != VK_SUCCESS) return {};
    std::vector<VkExtensionProperties> properties(count);
    vkEnumerateInstanceExtensionProperties(layer, &count, properties.data());
    std::vector<std::string> names;
    for (const VkExtensionProperties& property : properties) names.emplace_back(property.extensionName);
    return names;
}

bool hasLayer(const char* wanted) {
    std::uint32_t count = 0;
    if (vkEnumerateInstanceLayerProperties(&count, nullptr) != VK_SUCCESS) return false;
    std::vector<VkLayerProperties> layers(count);
    vkEnumerateInstanceLayerProperties(&count, layers.data());
    return std::any_of(layers.begin(), layers.end(), [&](const VkLayerProperties& layer) {
        return std::strcmp(layer.layerName, wanted) == 0;
    });
}

std::string lowered(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

bool contains(const std::vector<std::string>& names, const char* wanted) {
    return std::find(names.begin(), names.end(), wanted) != names.end();
}

}  // namespace

DeviceLost::DeviceLost(const std::string& call)
    : Error(ErrorKind::Device, "the graphics device was lost", call,
            "try again; if it happens often, choose the software device or update the driver") {}

void check(VkResult result, const char* call) {
    if (result == VK_SUCCESS || result == VK_SUBOPTIMAL_KHR) return;
    if (result == VK_ERROR_DEVICE_LOST) throw DeviceLost(call);
    throw Error(ErrorKind::Device, "the graphics device refused: " + resultName(result), call);
}

bool isMeant(const DeviceInfo& device, std::size_t place, const std::string& wanted) {
    if (wanted.empty() || wanted == std::to_string(place)) return true;
    if (wanted == "software") return device.software;
    const bool number = std::all_of(wanted.begin(), wanted.end(), [](char c) { return c >= '0' && c <= '9'; });
    return !number && lowered(device.name).find(lowered(wanted)) != std::string::npos;
}

std::shared_ptr<Instance> Instance::shared() {
    static std::mutex mutex;
    static std::weak_ptr<Instance> current;
    const std::lock_guard lock(mutex);
    if (auto instance = current.lock()) return instance;
    std::shared_ptr<Instance> made(new Instance);
    current = made;
    return made;
}

Instance::Instance() {
    if (volkInitialize() != VK_SUCCESS)
        throw Error(ErrorKind::Device, "there is no Vulkan on this computer", "the Vulkan loader (libvulkan)",
                    noDriverAdvice);
    try {
        create();
    } catch (...) {
        if (messenger_) vkDestroyDebugUtilsMessengerEXT(handle_, messenger_, nullptr);
        if (handle_) vkDestroyInstance(handle_, nullptr);
        throw;
    }
}

void Instance::create() {
    const std::vector<std::string> available = instanceExtensions(nullptr);
    std::vector<const char*> extensions;
    // One of the surfaces is what a window draws on; without any, pictures can still be drawn off screen.
    // Those of displays that are not there are left out: drivers complain when they cannot reach them.
    const bool x11 = !platform::environment("DISPLAY").empty();
    const bool wayland = !platform::environment("WAYLAND_DISPLAY").empty();
    const std::array<std::pair<const char*, bool>, 8> wanted{{
        {"VK_KHR_surface", true},
        {"VK_KHR_xcb_surface", x11},
        {"VK_KHR_xlib_surface", x11},
        {"VK_KHR_wayland_surface", wayland},
        {"VK_KHR_win32_surface", true},
        {"VK_EXT_metal_surface", true},
        {"VK_MVK_macos_surface", true},
        {"VK_KHR_portability_enumeration", true},
    }};
    for (const auto& [name, useful] : wanted)
        if (useful && contains(available, name)) extensions.push_back(name);

    auto application = structure<VkApplicationInfo>(VK_STRUCTURE_TYPE_APPLICATION_INFO);
    application.pApplicationName = "Filigree";
    application.apiVersion = VK_API_VERSION_1_2;
    auto info = structure<VkInstanceCreateInfo>(VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO);
    info.pApplicationInfo = &application;
    if (contains(available, "VK_KHR_portability_enumeration"))
        info.flags |= VK_INSTANCE_CREATE_ENUMERATE_PORTABILITY_BIT_KHR;

    auto messages = structure<VkDebugUtilsMessengerCreateInfoEXT>(
        VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT);
    messages.messageSeverity =
        VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
    messages.messageType =
        VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT;
    messages.pfnUserCallback = onMessage;
    messages.pUserData = this;
    const std::array enabled{VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT};
    auto features = structure<VkValidationFeaturesEXT>(VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT);
    features.enabledValidationFeatureCount = enabled.size();
    features.pEnabledValidationFeatures = enabled.data();
    features.pNext = &messages;
    const bool validate = platform::environment("FILIGREE_VULKAN_VALIDATION") == "1";
    if (validate) {
        if (!hasLayer(validationLayer))
            throw Error(ErrorKind::Device, "the Vulkan validation layer is not installed", validationLayer,
                        "install it (Debian and Ubuntu: vulkan-validationlayers), or unset "
                        "FILIGREE_VULKAN_VALIDATION");
        extensions.push_back(VK_EXT_DEBUG_UTILS_EXTENSION_NAME);
        info.enabledLayerCount = 1;
        info.ppEnabledLayerNames = &validationLayer;
        info.pNext = &features;
    }
    info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
    info.ppEnabledExtensionNames = extensions.data();

    const VkResult result = vkCreateInstance(&info, nullptr, &handle_);
    if (result != VK_SUCCESS)
        throw Error(ErrorKind::Device, "Vulkan does not start: " + resultName(result), "vkCreateInstance",
                    noDriverAdvice);
    volkLoadInstance(handle_);
    if (validate)
        check(vkCreateDebugUtilsMessengerEXT(handle_, &messages, nullptr, &messenger_),
              "vkCreateDebugUtilsMessengerEXT");
    if (physicalDevices().empty())
        throw Error(ErrorKind::Device, "no driver on this computer offers Vulkan 1.2",
                    "vkEnumeratePhysicalDevices", noDriverAdvice);
}

Instance::~Instance() {
    if (messenger_) vkDestroyDebugUtilsMessengerEXT(handle_, messenger_, nullptr);
    vkDestroyInstance(handle_, nullptr);
}

VKAPI_ATTR VkBool32 VKAPI_CALL Instance::onMessage(VkDebugUtilsMessageSeverityFlagBitsEXT,
                                                   VkDebugUtilsMessageTypeFlagsEXT,
                                                   const VkDebugUtilsMessengerCallbackDataEXT* data,
                                                   void* instance) {
    auto* self = static_cast<Instance*>(instance);
    const std::lock_guard lock(self->mutex_);
    self->messages_.emplace_back(data->pMessage ? data->pMessage : "");
    return VK_FALSE;
}

std::vector<std::string> Instance::validationMessages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
}

std::vector<VkPhysicalDevice> Instance::physicalDevices() const {
    std::uint32_t count = 0;
    check(vkEnumeratePhysicalDevices(handle_, &count, nullptr), "vkEnumeratePhysicalDevices");
    std::vector<VkPhysicalDevice> devices(count);
    check(vkEnumeratePhysicalDevices(handle_, &count, devices.data()), "vkEnumeratePhysicalDevices");
    devices.resize(count);
    const auto rank = [](VkPhysicalDevice device) {
        VkPhysicalDeviceProperties properties{};
        vkGetPhysicalDeviceProperties(device, &properties);
        switch (properties.deviceType) {
            case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
                return 0;
            case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
                return 1;
            case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
                return 2;
            default:
                return 3;
        }
    };
    std::erase_if(devices, [](VkPhysicalDevice device) {
        VkPhysicalDeviceProperties properties{};
        vkGetPhysicalDeviceProperties(device, &properties);
        return properties.apiVersion < VK_API_VERSION_1_2;
    });
    std::stable_sort(devices.begin(), devices.end(),
                     [&](VkPhysicalDevice a, VkPhysicalDevice b) { return rank(a) < rank(b); });
    return devices;
}

DeviceInfo Instance::describe(VkPhysicalDevice device) {
    auto driver =
        structure<VkPhysicalDeviceDriverProperties>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES);
    auto properties = structure<VkPhysicalDeviceProperties2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2);
    properties.pNext = &driver;
    vkGetPhysicalDeviceProperties2(device, &properties);
    VkPhysicalDeviceMemoryProperties memory{};
    vkGetPhysicalDeviceMemoryProperties(device, &memory);
    DeviceInfo info;
    info.name = properties.properties.deviceName;
    info.driver = std::string(driver.driverName) + ", " + driver.driverInfo;
    info.software = properties.properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
    for (std::uint32_t heap = 0; heap < memory.memoryHeapCount; ++heap)
        if (memory.memoryHeaps[heap].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT)
            info.memoryBytes = std::max<std::uint64_t>(info.memoryBytes, memory.memoryHeaps[heap].size);
    return info;
}

}  // namespace filigree::gpu
