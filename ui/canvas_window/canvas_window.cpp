// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas_window/canvas_window.h"

#include <QGuiApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPlatformSurfaceEvent>
#include <QPointer>
#include <QThreadPool>
#include <QWheelEvent>
#include <algorithm>
#include <optional>
#include <variant>

namespace filigree::ui {
namespace {

/// Shows nothing, until there is a view.
class Blank final : public View {
  public:
    void draw(const Canvas&) override {}
    std::string summary() const override { return {}; }
};

std::optional<PointerButton> buttonOf(Qt::MouseButton button) {
    switch (button) {
        case Qt::LeftButton:
            return PointerButton::Left;
        case Qt::RightButton:
            return PointerButton::Right;
        case Qt::MiddleButton:
            return PointerButton::Middle;
        default:
            return std::nullopt;
    }
}

std::optional<CanvasKey> keyOf(int key) {
    switch (key) {
        case Qt::Key_Left:
            return CanvasKey::Left;
        case Qt::Key_Right:
            return CanvasKey::Right;
        case Qt::Key_Up:
            return CanvasKey::Up;
        case Qt::Key_Down:
            return CanvasKey::Down;
        case Qt::Key_Home:
            return CanvasKey::Home;
        case Qt::Key_End:
            return CanvasKey::End;
        case Qt::Key_Delete:
            return CanvasKey::Delete;
        case Qt::Key_Backspace:
            return CanvasKey::Backspace;
        case Qt::Key_Return:
        case Qt::Key_Enter:
            return CanvasKey::Enter;
        case Qt::Key_Escape:
            return CanvasKey::Escape;
        default:
            return std::nullopt;
    }
}

}  // namespace

CanvasWindow::CanvasWindow() {
    setSurfaceType(QSurface::VulkanSurface);
    setObjectName(QStringLiteral("canvasWindow"));
}

CanvasWindow::~CanvasWindow() {
    stop();
}

void CanvasWindow::setView(View* view) {
    view_ = view;
    requestFrame();
}

void CanvasWindow::setAppearance(Appearance appearance) {
    scene_.setAppearance(appearance);
    requestFrame();
}

void CanvasWindow::restart(const QString& deviceName) {
    wantedDevice_ = deviceName;
    broken_ = false;
    stop();
    start();
}

void CanvasWindow::start() {
    if (presenter_ || starting_ || broken_ || !isExposed()) return;
    starting_ = true;
    // Finding the driver takes its time, so it is found elsewhere.
    QThreadPool::globalInstance()->start([guard = QPointer<CanvasWindow>(this)] {
        std::variant<std::shared_ptr<Instance>, Error> found = std::shared_ptr<Instance>();
        try {
            found = Instance::shared();
        } catch (const Error& error) {
            found = error;
        }
        QMetaObject::invokeMethod(
            qGuiApp,
            [guard, found] {
                if (!guard) return;
                guard->starting_ = false;
                if (const auto* error = std::get_if<Error>(&found)) {
                    guard->broken_ = true;
                    emit guard->failed(*error);
                } else {
                    guard->startOn(std::get<std::shared_ptr<Instance>>(found));
                }
            },
            Qt::QueuedConnection);
    });
}

void CanvasWindow::startOn(const std::shared_ptr<Instance>& instance) {
    if (presenter_ || !isExposed()) return;
    instance_ = instance;
    if (!qtInstance_.isValid()) {
        qtInstance_.setVkInstance(instance_->handle());
        if (!qtInstance_.create()) {
            broken_ = true;
            emit failed(Error(ErrorKind::Device, "this display shows no Vulkan windows",
                              QGuiApplication::platformName().toStdString(),
                              "pictures can still be made with filigree render"));
            return;
        }
        setVulkanInstance(&qtInstance_);
    }
    const VkSurfaceKHR surface = QVulkanInstance::surfaceForWindow(this);
    if (!surface) {
        broken_ = true;
        emit failed(Error(ErrorKind::Device, "the window has no surface to draw on",
                          QGuiApplication::platformName().toStdString(),
                          "pictures can still be made with filigree render"));
        return;
    }
    const quint64 generation = ++generation_;
    presenter_ = std::make_unique<Presenter>(
        instance_, surface, wantedDevice_.toStdString(), [this, generation](const Presenter::Report& report) {
            // The presenter is joined before this window goes, so `this` is there; its events die with it.
            QMetaObject::invokeMethod(
                this, [this, generation, report] { finished(generation, report); }, Qt::QueuedConnection);
        });
    busy_ = false;
    requestFrame();
}

void CanvasWindow::stop() {
    ++generation_;
    presenter_.reset();
    busy_ = false;
}

void CanvasWindow::requestFrame() {
    dirty_ = true;
    if (queued_ || busy_) return;
    // Many changes in one turn of the event loop make one frame.
    queued_ = true;
    QMetaObject::invokeMethod(
        this,
        [this] {
            queued_ = false;
            draw();
        },
        Qt::QueuedConnection);
}

void CanvasWindow::draw() {
    if (!dirty_ || busy_) return;
    if (!presenter_) {
        start();
        return;
    }
    if (!isExposed() || width() < 1 || height() < 1) return;
    dirty_ = false;
    busy_ = true;
    if (sinceFrame_.isValid() && continuous_) {
        intervals_.push_back(static_cast<double>(sinceFrame_.nsecsElapsed()) / 1e6);
        if (intervals_.size() > 64) intervals_.erase(intervals_.begin());
    }
    sinceFrame_.start();
    scene_.setScale(static_cast<float>(devicePixelRatio()));
    const QSize pixels = size() * devicePixelRatio();
    Blank blank;
    presenter_->show(
        scene_.build(view_ ? *view_ : static_cast<View&>(blank), pixels.width(), pixels.height()));
}

void CanvasWindow::finished(quint64 generation, const Presenter::Report& report) {
    if (generation != generation_) return;
    busy_ = false;
    device_ = QString::fromStdString(report.device);
    if (report.problem) {
        stop();
        broken_ = true;
        emit failed(*report.problem);
        return;
    }
    switch (report.outcome) {
        case SwapChain::Outcome::Shown:
            ++shown_;
            emit frameShown();
            break;
        case SwapChain::Outcome::NotShown:
            dirty_ = isExposed();
            break;
        case SwapChain::Outcome::SurfaceLost:
            stop();
            start();
            return;
    }
    if (scene_.wantsFrame()) dirty_ = true;
    continuous_ = dirty_;
    if (dirty_) draw();
}

double CanvasWindow::frameInterval_ms() const {
    if (intervals_.empty()) return 0;
    std::vector<double> sorted = intervals_;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    return *middle;
}

Frame CanvasWindow::buildFrame(int width, int height, float scale, Appearance appearance) {
    Scene scene;
    scene.setAppearance(appearance);
    scene.setScale(scale);
    Blank blank;
    Frame frame = scene.build(view_ ? *view_ : static_cast<View&>(blank), width, height);
    // The view knows its size on the screen again with the next frame.
    requestFrame();
    return frame;
}

void CanvasWindow::loseDeviceForTest() {
    if (presenter_) presenter_->loseDeviceForTest();
    requestFrame();
}

bool CanvasWindow::event(QEvent* event) {
    switch (event->type()) {
        case QEvent::PlatformSurface:
            // The surface goes with the native window: nothing may draw on it any more.
            if (static_cast<QPlatformSurfaceEvent*>(event)->surfaceEventType() ==
                QPlatformSurfaceEvent::SurfaceAboutToBeDestroyed)
                stop();
            break;
        case QEvent::UpdateRequest:
            requestFrame();
            return true;
        case QEvent::Leave:
            scene_.leavePointer();
            requestFrame();
            break;
        default:
            break;
    }
    return QWindow::event(event);
}

void CanvasWindow::exposeEvent(QExposeEvent*) {
    if (isExposed()) requestFrame();
}

void CanvasWindow::resizeEvent(QResizeEvent*) {
    requestFrame();
}

void CanvasWindow::setModifiers(Qt::KeyboardModifiers modifiers) {
    scene_.setModifiers({modifiers.testFlag(Qt::ControlModifier), modifiers.testFlag(Qt::ShiftModifier),
                         modifiers.testFlag(Qt::AltModifier)});
}

void CanvasWindow::move(const QPointF& position) {
    const double ratio = devicePixelRatio();
    scene_.movePointer(static_cast<float>(position.x() * ratio), static_cast<float>(position.y() * ratio));
}

void CanvasWindow::mousePressEvent(QMouseEvent* event) {
    emit pressed();
    setModifiers(event->modifiers());
    move(event->position());
    if (const auto button = buttonOf(event->button())) scene_.pressPointer(*button, true);
    requestFrame();
}

void CanvasWindow::mouseReleaseEvent(QMouseEvent* event) {
    setModifiers(event->modifiers());
    move(event->position());
    if (const auto button = buttonOf(event->button())) scene_.pressPointer(*button, false);
    requestFrame();
    if (event->button() == Qt::RightButton) emit menuWanted(event->globalPosition().toPoint());
}

void CanvasWindow::mouseDoubleClickEvent(QMouseEvent* event) {
    mousePressEvent(event);
}

void CanvasWindow::mouseMoveEvent(QMouseEvent* event) {
    setModifiers(event->modifiers());
    move(event->position());
    requestFrame();
}

void CanvasWindow::wheelEvent(QWheelEvent* event) {
    setModifiers(event->modifiers());
    move(event->position());
    // With Alt or Shift some systems turn the wheel sideways.
    const QPointF turned = QPointF(event->angleDelta()) / 120.0;
    scene_.turnWheel(static_cast<float>(turned.x()), static_cast<float>(turned.y()));
    event->accept();
    requestFrame();
}

void CanvasWindow::keyPressEvent(QKeyEvent* event) {
    setModifiers(event->modifiers());
    if (scene_.wantsText()) {
        if (const auto key = keyOf(event->key())) scene_.pressKey(*key, true);
        if (!event->text().isEmpty() && event->text().at(0).isPrint())
            scene_.type(event->text().toStdString());
        event->accept();
    } else if (event->key() == Qt::Key_Menu) {
        emit menuWanted(mapToGlobal(QPoint(width() / 2, height() / 2)));
    } else {
        event->ignore();
        emit keyPressed(event);
    }
    requestFrame();
}

void CanvasWindow::keyReleaseEvent(QKeyEvent* event) {
    setModifiers(event->modifiers());
    if (const auto key = keyOf(event->key())) scene_.pressKey(*key, false);
    requestFrame();
}

void CanvasWindow::focusInEvent(QFocusEvent*) {
    scene_.setFocused(true);
    requestFrame();
}

void CanvasWindow::focusOutEvent(QFocusEvent*) {
    scene_.setFocused(false);
    requestFrame();
}

void CanvasWindow::touchEvent(QTouchEvent* event) {
    // Qt turns what is not accepted into the mouse, which is what one finger means here.
    event->ignore();
}

}  // namespace filigree::ui
