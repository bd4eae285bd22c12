// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace filigree {

class Tensor;

/// Memory that a device keeps for tensors; given back when destroyed.
class DeviceMemory {
  public:
    DeviceMemory() = default;
    virtual ~DeviceMemory() = default;
    DeviceMemory(const DeviceMemory&) = delete;
    DeviceMemory& operator=(const DeviceMemory&) = delete;
};

/// A device beside the processor that tensors of type f32 and i32 can lie on. Its commands take effect in the
/// order in which they were given, on the device's own time: only what brings numbers to the host waits. One
/// thread uses it.
///
/// Every one is a backend::DeviceKernels, which adds what it computes.
class ComputeDevice : public std::enable_shared_from_this<ComputeDevice> {
  public:
    ComputeDevice() = default;
    virtual ~ComputeDevice() = default;
    ComputeDevice(const ComputeDevice&) = delete;
    ComputeDevice& operator=(const ComputeDevice&) = delete;

    /// As a person knows it.
    virtual std::string name() const = 0;
    /// Uninitialised. Throws Error (Device) naming `what` and the sizes when its memory is used up.
    virtual std::unique_ptr<DeviceMemory> allocate(std::size_t bytes, const std::string& what) = 0;
    /// Copies the elements between tensors of one shape, at least one of which lies here; any memory orders,
    /// and types where the other one lies on the host.
    virtual void copy(Tensor& to, const Tensor& from) = 0;
    /// Sets every element.
    virtual void fill(Tensor& to, double value) = 0;
    /// Width of the batch tile that its kernels prefer for so many samples.
    virtual int preferredTile(std::int64_t batch) const = 0;
    /// Sends what was asked for to the device, without waiting.
    virtual void submit() = 0;
};

}  // namespace filigree
