// SPDX-License-Identifier: GPL-3.0-or-later
// What nearly every file of the window includes; compiled once. Files still include what they use.
#pragma once

#include <QAbstractItemModel>
#include <QAction>
#include <QApplication>
#include <QHash>
#include <QLabel>
#include <QLayout>
#include <QMenu>
#include <QPainter>
#include <QPointer>
#include <QString>
#include <QTimer>
#include <QWidget>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>
