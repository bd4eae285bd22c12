// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/help/about_dialog.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QTextBrowser>
#include <QThread>
#include <QVBoxLayout>
#include <array>

#include "base/error.h"
#include "base/platform.h"
#include "base/version.h"
#include "ui/base/icon.h"
#include "ui/base/text.h"
#include "gpu/instance.h"

namespace filigree::ui {
namespace {

struct Library {
    const char* name;
    const char* use;
    const char* licence;
    const char* home;
};

constexpr std::array libraries{
    Library{"Qt 6", "windows", "LGPL-3.0", "https://www.qt.io"},
    Library{"QCustomPlot", "charts", "GPL-3.0", "https://www.qcustomplot.com"},
    Library{"Dear ImGui", "views on the canvas", "MIT", "https://github.com/ocornut/imgui"},
    Library{"Vulkan headers, volk", "the canvas", "Apache-2.0, MIT", "https://github.com/zeux/volk"},
    Library{"DejaVu fonts", "text on the canvas", "Bitstream Vera", "https://dejavu-fonts.github.io"},
    Library{"SQLite", "the run store", "public domain", "https://sqlite.org"},
    Library{"zstd", "compressed records", "BSD-3-Clause", "https://facebook.github.io/zstd"},
    Library{"xxHash", "digests", "BSD-2-Clause", "https://xxhash.com"},
    Library{"OpenSSL", "digests of downloads", "Apache-2.0", "https://openssl.org"},
    Library{"libcurl", "downloads", "curl", "https://curl.se"},
    Library{"zlib", "compressed data sets", "Zlib", "https://zlib.net"},
    Library{"libpng", "pictures", "libpng-2.0", "http://www.libpng.org"},
    Library{"Eigen", "linear algebra", "MPL-2.0", "https://eigen.tuxfamily.org"},
    Library{"oneDNN", "dense products", "Apache-2.0", "https://github.com/oneapi-src/oneDNN"},
    Library{"toml++", "configuration files", "MIT", "https://marzer.github.io/tomlplusplus"},
    Library{"nlohmann/json", "JSON", "MIT", "https://json.nlohmann.me"},
    Library{"CLI11", "the command line", "BSD-3-Clause", "https://github.com/CLIUtils/CLI11"},
    Library{"{fmt}", "text", "MIT", "https://fmt.dev"},
};

QString licences() {
    QString html = AboutDialog::tr(
        "<p>Filigree is free software: the program under the GNU GPL, version 3 or later, its "
        "engine and shaders also under the Apache License 2.0. There is no warranty.</p>"
        "<p>It is made with:</p>");
    html += QStringLiteral("<table cellspacing='0' cellpadding='3'>");
    for (const Library& library : libraries)
        html += QStringLiteral("<tr><td><a href='%4'>%1</a></td><td>%2</td><td>%3</td></tr>")
                    .arg(QString::fromUtf8(library.name).toHtmlEscaped(), QString::fromUtf8(library.use),
                         QString::fromUtf8(library.licence), QString::fromUtf8(library.home));
    return html + QStringLiteral("</table>");
}

QString vulkanDevices() {
    if (platform::environment("FILIGREE_CANVAS") == "off") return AboutDialog::tr("Vulkan is off");
    try {
        const auto instance = gpu::Instance::shared();
        QStringList names;
        for (VkPhysicalDevice device : instance->physicalDevices()) {
            const gpu::DeviceInfo info = gpu::Instance::describe(device);
            names.append(QString::fromStdString(info.name + " (" + info.driver + ")") +
                         (info.software ? AboutDialog::tr(", in software") : QString()));
        }
        return names.isEmpty() ? AboutDialog::tr("no Vulkan device") : names.join('\n');
    } catch (const Error& error) {
        return QString::fromStdString(error.message());
    }
}

}  // namespace

AboutDialog::AboutDialog(const Theme& theme, QWidget* parent)
    : QDialog(parent), theme_(theme), device_(new QLabel(tr("looking…"), this)) {
    setObjectName(QStringLiteral("aboutDialog"));
    setWindowTitle(tr("About Filigree"));
    resize(600, 560);
    auto* mark = new QLabel(this);
    mark->setPixmap(icon(theme, QStringLiteral("filigree"), Ink::Accent).pixmap(56, 56));
    mark->setAccessibleName(tr("Mark of Filigree"));
    auto* name = new QLabel(tr("Filigree"), this);
    name->setFont(theme.font(1.5, true));
    auto* version = new QLabel(tr("Version %1. A workbench for people who study sparse neural networks.")
                                   .arg(QString::fromUtf8(filigree::version())),
                               this);
    version->setProperty("role", "secondary");
    version->setWordWrap(true);
    auto* titles = new QVBoxLayout;
    titles->setSpacing(2);
    titles->addWidget(name);
    titles->addWidget(version);
    auto* heading = new QHBoxLayout;
    heading->setSpacing(16);
    heading->addWidget(mark);
    heading->addLayout(titles, 1);

    auto* system =
        new QLabel(tr("%1\n%2, %3 processors, %4 of memory\nQt %5")
                       .arg(QString::fromStdString(platform::systemName()),
                            QString::fromStdString(platform::processorName()))
                       .arg(QThread::idealThreadCount())
                       .arg(formatBytes(platform::physicalMemoryBytes()), QString::fromUtf8(qVersion())),
                   this);
    for (QLabel* label : {system, device_}) {
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        label->setWordWrap(true);
    }
    device_->setObjectName(QStringLiteral("aboutDevice"));
    auto* made = new QTextBrowser(this);
    made->setObjectName(QStringLiteral("aboutLicences"));
    made->setAccessibleName(tr("Licences"));
    made->setOpenExternalLinks(true);
    made->setHtml(licences());

    auto* copy = new QPushButton(besideIcon(tr("Copy diagnostics")), this);
    copy->setObjectName(QStringLiteral("copyDiagnostics"));
    copy->setIcon(icon(theme, QStringLiteral("copy")));
    copy->setToolTip(tr("Versions and devices, for a report; no names of files or people"));
    connect(copy, &QPushButton::clicked, this,
            [this] { QGuiApplication::clipboard()->setText(diagnostics()); });
    auto* close = new QPushButton(tr("Close"), this);
    close->setDefault(true);
    connect(close, &QPushButton::clicked, this, &QDialog::accept);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(copy);
    buttons->addStretch(1);
    buttons->addWidget(close);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(20, 20, 20, 16);
    column->setSpacing(12);
    column->addLayout(heading);
    column->addWidget(system);
    column->addWidget(device_);
    column->addWidget(made, 1);
    column->addLayout(buttons);
    findDevices();
}

AboutDialog::~AboutDialog() {
    worker_.waitForDone();
}

void AboutDialog::findDevices() {
    // Loading a driver takes longer than a frame.
    worker_.start([this] {
        const QString found = vulkanDevices();
        QMetaObject::invokeMethod(
            this,
            [this, found] {
                devices_ = found;
                device_->setText(tr("Canvas: %1").arg(found));
            },
            Qt::QueuedConnection);
    });
}

QString AboutDialog::diagnostics() const {
    return QStringLiteral("Filigree %1\nQt %2, platform %3\n%4\n%5, %6 processors, %7\nVulkan: %8\n")
        .arg(QString::fromUtf8(filigree::version()), QString::fromUtf8(qVersion()),
             QGuiApplication::platformName(), QString::fromStdString(platform::systemName()),
             QString::fromStdString(platform::processorName()))
        .arg(QThread::idealThreadCount())
        .arg(formatBytes(platform::physicalMemoryBytes()),
             devices_.isEmpty() ? QStringLiteral("not looked for") : devices_);
}

}  // namespace filigree::ui
