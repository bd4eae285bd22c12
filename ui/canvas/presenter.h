// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "ui/canvas/swap_chain.h"

namespace filigree::ui {

/// Draws frames into a window on a thread of its own, so that nobody else ever waits for the device.
class Presenter {
  public:
    /// What became of the last frame. `problem`: nothing more is drawn; make a new presenter.
    struct Report {
        SwapChain::Outcome outcome = SwapChain::Outcome::NotShown;
        double milliseconds = 0;  ///< from the beginning of drawing until it was handed to the display
        std::optional<Error> problem;
        std::string device;
    };

    /// The surface must live until this is destroyed. `report` is called on the thread, after every frame.
    /// `deviceName` as for Device::open.
    Presenter(std::shared_ptr<Instance> instance, VkSurfaceKHR surface, std::string deviceName,
              std::function<void(const Report&)> report);
    /// Waits for the frame being drawn.
    ~Presenter();
    Presenter(const Presenter&) = delete;
    Presenter& operator=(const Presenter&) = delete;

    /// Draws the frame next; one that still waits is dropped for it.
    void show(Frame frame);
    /// For tests: the next frame finds the device lost.
    void loseDeviceForTest();

  private:
    void work(const std::shared_ptr<Instance>& instance, VkSurfaceKHR surface, const std::string& deviceName);
    std::optional<Frame> next();

    std::function<void(const Report&)> report_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::optional<Frame> waiting_;
    bool stop_ = false;
    bool lose_ = false;
    std::thread thread_;  // last: it uses the others
};

}  // namespace filigree::ui
