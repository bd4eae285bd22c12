// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/scene.h"

#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <utility>

namespace filigree::ui {
namespace {

constexpr unsigned char fontFile[] = {
#include "embedded/DejaVuSans.ttf.inc"
};

// Latin-1, Greek letters, and the signs that numbers and sentences use. Every glyph is drawn when a canvas
// opens, so there are no more than are needed.
constexpr std::array<ImWchar, 17> glyphs{0x0020, 0x00FF, 0x0391, 0x03C9, 0x2004, 0x2014,
                                         0x2018, 0x2026, 0x2190, 0x2193, 0x2208, 0x221E,
                                         0x2248, 0x2265, 0x25A0, 0x25CF, 0};

/// The context of a scene is Dear ImGui's current one while this lives.
class Current {
  public:
    explicit Current(ImGuiContext* context) : before_(ImGui::GetCurrentContext()) {
        ImGui::SetCurrentContext(context);
    }
    ~Current() { ImGui::SetCurrentContext(before_); }
    Current(const Current&) = delete;
    Current& operator=(const Current&) = delete;

  private:
    ImGuiContext* before_;
};

ImVec4 vec(Rgb colour, float alpha = 1) {
    return {static_cast<float>(colour.red) / 255, static_cast<float>(colour.green) / 255,
            static_cast<float>(colour.blue) / 255, alpha};
}

constexpr std::array keyCodes{ImGuiKey_Tab,       ImGuiKey_LeftArrow, ImGuiKey_RightArrow, ImGuiKey_UpArrow,
                              ImGuiKey_DownArrow, ImGuiKey_PageUp,    ImGuiKey_PageDown,   ImGuiKey_Home,
                              ImGuiKey_End,       ImGuiKey_Insert,    ImGuiKey_Delete,     ImGuiKey_Backspace,
                              ImGuiKey_Space,     ImGuiKey_Enter,     ImGuiKey_Escape};

static_assert(sizeof(FrameVertex) == sizeof(ImDrawVert) &&
                  offsetof(FrameVertex, u) == offsetof(ImDrawVert, uv) &&
                  offsetof(FrameVertex, colour) == offsetof(ImDrawVert, col),
              "a vertex is copied as it is");
static_assert(sizeof(ImDrawIdx) == sizeof(std::uint16_t), "an index is copied as it is");

void copyLists(const ImDrawData& data, Frame& frame) {
    frame.vertices.reserve(static_cast<std::size_t>(data.TotalVtxCount));
    frame.indices.reserve(static_cast<std::size_t>(data.TotalIdxCount));
    for (int i = 0; i < data.CmdListsCount; ++i) {
        const ImDrawList& list = *data.CmdLists[i];
        const auto vertexBase = static_cast<std::int32_t>(frame.vertices.size());
        const auto indexBase = static_cast<std::uint32_t>(frame.indices.size());
        frame.vertices.resize(frame.vertices.size() + static_cast<std::size_t>(list.VtxBuffer.Size));
        if (list.VtxBuffer.Size > 0)
            std::memcpy(frame.vertices.data() + vertexBase, list.VtxBuffer.Data,
                        static_cast<std::size_t>(list.VtxBuffer.Size) * sizeof(FrameVertex));
        frame.indices.insert(frame.indices.end(), list.IdxBuffer.Data,
                             list.IdxBuffer.Data + list.IdxBuffer.Size);
        for (const ImDrawCmd& command : list.CmdBuffer) {
            if (command.UserCallback) continue;
            DrawCommand draw;
            draw.left = command.ClipRect.x;
            draw.top = command.ClipRect.y;
            draw.right = command.ClipRect.z;
            draw.bottom = command.ClipRect.w;
            draw.texture = reinterpret_cast<std::uintptr_t>(command.GetTexID());
            draw.firstIndex = indexBase + command.IdxOffset;
            draw.indexCount = command.ElemCount;
            draw.vertexOffset = vertexBase + static_cast<std::int32_t>(command.VtxOffset);
            if (draw.texture < frame.textures.size()) frame.commands.push_back(draw);
        }
    }
}

}  // namespace

ImTextureID Canvas::texture(std::size_t slot, std::uint64_t version, bool smooth,
                            std::function<Picture()> make) const {
    const std::size_t number = slot + 1;  // 0 is the font
    if (frame.textures.size() <= number) frame.textures.resize(number + 1);
    frame.textures[number] = {version, smooth, std::move(make)};
    return reinterpret_cast<ImTextureID>(static_cast<std::uintptr_t>(number));
}

Scene::Scene(float textPixels) : context_(nullptr), textPixels_(textPixels) {
    ImGuiContext* before = ImGui::GetCurrentContext();
    context_ = ImGui::CreateContext();
    ImGui::SetCurrentContext(context_);
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.LogFilename = nullptr;
    io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
    io.BackendPlatformName = "filigree";
    io.BackendRendererName = "filigree";
    for (std::size_t key = 0; key < keyCodes.size(); ++key) io.KeyMap[keyCodes[key]] = static_cast<int>(key);
    ImGui::SetCurrentContext(before);
    applyStyle();
}

Scene::~Scene() {
    ImGuiContext* before = ImGui::GetCurrentContext();
    ImGui::DestroyContext(context_);
    ImGui::SetCurrentContext(before == context_ ? nullptr : before);
}

void Scene::setAppearance(Appearance appearance) {
    if (appearance == appearance_) return;
    appearance_ = appearance;
    applyStyle();
}

void Scene::setScale(float scale) {
    if (scale == scale_) return;
    scale_ = scale;
    fontPicture_.reset();
    applyStyle();
}

void Scene::makeFonts() {
    const Current current(context_);
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    atlas.Clear();
    atlas.Flags |= ImFontAtlasFlags_NoPowerOfTwoHeight;
    ImFontConfig config;
    config.FontDataOwnedByAtlas = false;  // it lies in the program
    config.OversampleH = 2;
    config.PixelSnapH = false;
    config.GlyphRanges = glyphs.data();
    const auto add = [&](float size) {
        // Dear ImGui only reads the file when it does not own it.
        return atlas.AddFontFromMemoryTTF(const_cast<unsigned char*>(fontFile), sizeof(fontFile),
                                          std::round(size * scale_), &config);
    };
    body_ = add(textPixels_);
    small_ = add(std::max(11.0F, textPixels_ * 0.86F));
    heading_ = add(textPixels_ * 1.15F);
    unsigned char* pixels = nullptr;
    int width = 0;
    int height = 0;
    atlas.GetTexDataAsAlpha8(&pixels, &width, &height);
    auto picture = std::make_shared<Picture>(width, height);
    for (std::size_t i = 0; i < picture->pixels.size(); ++i)
        picture->pixels[i] = static_cast<std::uint32_t>(pixels[i]) << 24 | 0x00FFFFFFU;
    atlas.SetTexID(nullptr);
    atlas.ClearTexData();
    fontPicture_ = std::move(picture);
    ++fontVersion_;
}

void Scene::applyStyle() {
    const Current current(context_);
    const Palette& colours = palette(appearance_);
    ImGuiStyle& style = ImGui::GetStyle();
    style = ImGuiStyle();
    style.WindowRounding = style.ChildRounding = style.FrameRounding = style.PopupRounding =
        style.GrabRounding = 4;
    style.WindowBorderSize = 0;
    style.PopupBorderSize = 1;
    style.WindowPadding = {8, 8};
    style.FramePadding = {8, 4};
    style.ItemSpacing = {8, 4};
    style.AntiAliasedLinesUseTex = true;
    style.ScaleAllSizes(scale_);
    const auto set = [&](ImGuiCol which, Rgb colour, float alpha = 1) {
        style.Colors[which] = vec(colour, alpha);
    };
    set(ImGuiCol_Text, colours.text);
    set(ImGuiCol_TextDisabled, colours.secondaryText);
    set(ImGuiCol_WindowBg, colours.ground);
    set(ImGuiCol_ChildBg, colours.ground);
    set(ImGuiCol_PopupBg, colours.raised, 0.98F);
    set(ImGuiCol_Border, colours.border);
    set(ImGuiCol_FrameBg, colours.raised);
    set(ImGuiCol_FrameBgHovered, colours.hover);
    set(ImGuiCol_FrameBgActive, colours.selection);
    set(ImGuiCol_Button, colours.raised);
    set(ImGuiCol_ButtonHovered, colours.hover);
    set(ImGuiCol_ButtonActive, colours.selection);
    set(ImGuiCol_Header, colours.selection);
    set(ImGuiCol_HeaderHovered, colours.hover);
    set(ImGuiCol_HeaderActive, colours.selection);
    set(ImGuiCol_SliderGrab, colours.accent);
    set(ImGuiCol_SliderGrabActive, colours.accent);
    set(ImGuiCol_CheckMark, colours.accent);
    set(ImGuiCol_Separator, colours.border);
    set(ImGuiCol_NavHighlight, colours.accent);
    set(ImGuiCol_TextSelectedBg, colours.selection);
}

void Scene::movePointer(float x, float y) {
    // Only where it is counts, not how it came there.
    if (!events_.empty() && events_.back().kind == Event::Kind::Move) events_.pop_back();
    events_.push_back({Event::Kind::Move, x, y});
}

void Scene::leavePointer() {
    events_.push_back({Event::Kind::Leave});
}

void Scene::pressPointer(PointerButton button, bool down) {
    events_.push_back({Event::Kind::Button, 0, 0, static_cast<int>(button), down});
}

void Scene::turnWheel(float horizontal, float vertical) {
    events_.push_back({Event::Kind::Wheel, horizontal, vertical});
}

void Scene::pressKey(CanvasKey key, bool down) {
    events_.push_back({Event::Kind::Key, 0, 0, static_cast<int>(key), down});
}

void Scene::setModifiers(Modifiers modifiers) {
    events_.push_back({Event::Kind::Modifiers, 0, 0, 0, false, modifiers});
}

void Scene::type(const std::string& utf8) {
    events_.push_back({Event::Kind::Text, 0, 0, 0, false, {}, utf8});
}

void Scene::applyEvents() {
    ImGuiIO& io = ImGui::GetIO();
    bool clicked = false;
    settling_ = !events_.empty();
    for (; !events_.empty(); events_.pop_front()) {
        const Event& event = events_.front();
        // A press and its release must be seen by different frames, and a press where the pointer was then.
        if (clicked && event.kind != Event::Kind::Wheel && event.kind != Event::Kind::Text) return;
        switch (event.kind) {
            case Event::Kind::Move:
                io.MousePos = {event.x, event.y};
                break;
            case Event::Kind::Leave:
                io.MousePos = {-FLT_MAX, -FLT_MAX};
                break;
            case Event::Kind::Button:
                io.MouseDown[event.code] = event.down;
                clicked = true;
                break;
            case Event::Kind::Wheel:
                io.MouseWheelH += event.x;
                io.MouseWheel += event.y;
                break;
            case Event::Kind::Key:
                io.KeysDown[event.code] = event.down;
                clicked = true;
                break;
            case Event::Kind::Modifiers:
                io.KeyCtrl = event.modifiers.control;
                io.KeyShift = event.modifiers.shift;
                io.KeyAlt = event.modifiers.alt;
                break;
            case Event::Kind::Text:
                io.AddInputCharactersUTF8(event.text.c_str());
                break;
        }
    }
}

Frame Scene::build(View& view, int width, int height) {
    if (!fontPicture_) makeFonts();
    const Current current(context_);
    const Palette& colours = palette(appearance_);
    Frame frame;
    frame.width = width;
    frame.height = height;
    frame.ground = colours.ground;
    frame.textures.push_back({fontVersion_, true, [font = fontPicture_] { return *font; }});

    ImGuiIO& io = ImGui::GetIO();
    io.DisplaySize = {static_cast<float>(width), static_cast<float>(height)};
    const auto now = std::chrono::steady_clock::now();
    const float passed = std::chrono::duration<float>(now - last_).count();
    io.DeltaTime = last_ == std::chrono::steady_clock::time_point{} ? 1.0F / 60 : std::max(passed, 1e-4F);
    last_ = now;
    applyEvents();

    ImGui::NewFrame();
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize(io.DisplaySize);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 0);
    ImGui::Begin("canvas", nullptr,
                 ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoBackground |
                     ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBringToFrontOnFocus |
                     ImGuiWindowFlags_NoNav);
    ImGui::PopStyleVar(2);
    const Canvas canvas{io.DisplaySize.x, io.DisplaySize.y, scale_, appearance_, colours, body_,
                        small_,           heading_,         frame};
    view.draw(canvas);
    if (focused_) {
        // Whole pixels: a line through their middles would be blurred.
        const float ring = std::round(2 * scale_);
        ImDrawList& list = *ImGui::GetWindowDrawList();
        const ImU32 colour = ink(colours.accent);
        list.AddRectFilled({0, 0}, {canvas.width, ring}, colour);
        list.AddRectFilled({0, canvas.height - ring}, {canvas.width, canvas.height}, colour);
        list.AddRectFilled({0, 0}, {ring, canvas.height}, colour);
        list.AddRectFilled({canvas.width - ring, 0}, {canvas.width, canvas.height}, colour);
    }
    ImGui::End();
    ImGui::Render();
    wantsText_ = io.WantTextInput;
    copyLists(*ImGui::GetDrawData(), frame);
    return frame;
}

}  // namespace filigree::ui
