// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <deque>
#include <memory>

#include "ui/canvas/frame.h"
#include "ui/canvas/view.h"

struct ImGuiContext;

namespace filigree::ui {

enum class PointerButton { Left, Right, Middle };

/// Keys that Dear ImGui gives a meaning of its own.
enum class CanvasKey {
    Tab,
    Left,
    Right,
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    Insert,
    Delete,
    Backspace,
    Space,
    Enter,
    Escape
};

struct Modifiers {
    bool control = false;
    bool shift = false;
    bool alt = false;
};

/// Dear ImGui for one canvas: its style, its fonts, its input; builds frames. Used from one thread.
class Scene {
  public:
    /// `textPixels`: height of body text in device-independent pixels.
    explicit Scene(float textPixels = 13);
    ~Scene();
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    void setAppearance(Appearance appearance);
    /// Device pixels per device-independent pixel: fonts are made anew at that size.
    void setScale(float scale);
    float scale() const { return scale_; }
    /// A ring inside the edge says that keys go to the canvas.
    void setFocused(bool focused) { focused_ = focused; }

    /// Input in device pixels; taken up by the next frames, in order.
    void movePointer(float x, float y);
    void leavePointer();
    void pressPointer(PointerButton button, bool down);
    void turnWheel(float horizontal, float vertical);
    void pressKey(CanvasKey key, bool down);
    void setModifiers(Modifiers modifiers);
    void type(const std::string& utf8);

    /// One frame of the view. Throws nothing of its own.
    Frame build(View& view, int width, int height);
    /// Input waits, or the last frame was the first to see some: build another one.
    bool wantsFrame() const { return !events_.empty() || settling_; }
    /// A field of Dear ImGui has the keyboard.
    bool wantsText() const { return wantsText_; }

  private:
    struct Event {
        enum class Kind { Move, Leave, Button, Wheel, Key, Modifiers, Text } kind;
        float x = 0, y = 0;
        int code = 0;
        bool down = false;
        Modifiers modifiers{};
        std::string text{};
    };

    void makeFonts();
    void applyStyle();
    void applyEvents();

    ImGuiContext* context_;
    float textPixels_;
    float scale_ = 1;
    Appearance appearance_ = Appearance::Light;
    ImFont* body_ = nullptr;
    ImFont* small_ = nullptr;
    ImFont* heading_ = nullptr;
    std::uint64_t fontVersion_ = 0;
    std::shared_ptr<const Picture> fontPicture_;
    std::deque<Event> events_;
    bool settling_ = false;
    bool focused_ = false;
    bool wantsText_ = false;
    std::chrono::steady_clock::time_point last_{};
};

}  // namespace filigree::ui
