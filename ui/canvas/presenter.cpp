// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/presenter.h"

#include <chrono>
#include <utility>

namespace filigree::ui {

Presenter::Presenter(std::shared_ptr<Instance> instance, VkSurfaceKHR surface, std::string deviceName,
                     std::function<void(const Report&)> report)
    : report_(std::move(report)),
      thread_([this, instance = std::move(instance), surface, deviceName = std::move(deviceName)] {
          work(instance, surface, deviceName);
      }) {}

Presenter::~Presenter() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void Presenter::show(Frame frame) {
    {
        const std::lock_guard lock(mutex_);
        waiting_ = std::move(frame);
    }
    wake_.notify_one();
}

void Presenter::loseDeviceForTest() {
    const std::lock_guard lock(mutex_);
    lose_ = true;
}

std::optional<Frame> Presenter::next() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stop_ || waiting_; });
    if (stop_) return std::nullopt;
    return std::exchange(waiting_, std::nullopt);
}

void Presenter::work(const std::shared_ptr<Instance>& instance, VkSurfaceKHR surface,
                     const std::string& deviceName) {
    Report report;
    try {
        const std::shared_ptr<Device> device = Device::open(instance, surface, deviceName);
        report.device = device->info().name;
        SwapChain chain(device, surface);
        while (const std::optional<Frame> frame = next()) {
            {
                const std::lock_guard lock(mutex_);
                if (lose_) device->loseForTest();
            }
            const auto begin = std::chrono::steady_clock::now();
            report.outcome = chain.draw(*frame);
            report.milliseconds =
                std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
            report_(report);
        }
        return;
    } catch (const Error& error) {
        report.problem = error;
    } catch (const std::exception& error) {
        report.problem = Error(ErrorKind::Device, "the canvas could not be drawn", error.what());
    }
    report.outcome = SwapChain::Outcome::NotShown;
    report_(report);
}

}  // namespace filigree::ui
