// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/model/annotation_commands.h"

#include <QCoreApplication>
#include <QUndoCommand>
#include <map>
#include <utility>

#include "store/annotations.h"
#include "ui/model/run_style.h"
#include "ui/model/workspace.h"

namespace filigree::ui::annotation {
namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("filigree::ui::AnnotationCommands", text);
}

/// "delete 3 runs", for the menu: "Undo delete 3 runs".
QString words(const char* text, std::size_t runs) {
    return tr(text).arg(runCount(static_cast<qsizetype>(runs)));
}

using Write = std::function<void(store::Store&)>;

/// Two writes per store, one there and one back.
class Command : public QUndoCommand {
  public:
    struct Part {
        Write forward, back;
    };

    Command(Workspace& workspace, const QString& text, std::map<QString, Part> parts, Done done)
        : QUndoCommand(text), workspace_(workspace), parts_(std::move(parts)), done_(std::move(done)) {}

    void redo() override {
        auto open = std::make_shared<std::size_t>(parts_.size());
        const Done done = std::exchange(done_, {});
        for (const auto& [store, part] : parts_)
            write(store, part.forward, [open, done] {
                if (--*open == 0 && done) done();
            });
    }
    void undo() override {
        for (const auto& [store, part] : parts_) write(store, part.back, [] {});
    }

  private:
    void write(const QString& path, const Write& what, Done done) {
        StoreSource* source = workspace_.stores.find(path);
        if (!source) {
            emit workspace_.showError(Error(ErrorKind::Usage, "the store is not open any more",
                                            path.toStdString(), "Open it again (Ctrl+O)."));
            return;
        }
        Workspace* workspace = &workspace_;
        source->write(workspace, what, std::move(done),
                      [workspace](const Error& error) { emit workspace->showError(error); });
    }

    Workspace& workspace_;
    std::map<QString, Part> parts_;
    Done done_;
};

/// Puts together what belongs to one store: `forward` and `back` change one run.
template <typename Item>
void pushEach(Workspace& workspace, const QString& text, const std::vector<Item>& items,
              std::function<void(store::Store&, const Item&)> forward,
              std::function<void(store::Store&, const Item&)> back, Done done = {}) {
    if (items.empty()) return;
    std::map<QString, std::vector<Item>> byStore;
    for (const Item& item : items) byStore[item.run.store].push_back(item);
    std::map<QString, Command::Part> parts;
    for (const auto& [store, own] : byStore) {
        const auto each = [own = own](const std::function<void(store::Store&, const Item&)>& change) {
            return [own, change](store::Store& opened) {
                for (const Item& item : own) change(opened, item);
            };
        };
        parts[store] = {each(forward), each(back)};
    }
    workspace.undo.push(new Command(workspace, text, std::move(parts), std::move(done)));
}

using Ids = std::vector<std::int64_t>;

/// As above for changes that take all runs of a store at once.
void pushTogether(Workspace& workspace, const QString& text, const QList<RunKey>& runs,
                  const std::function<void(store::Store&, const Ids&)>& forward,
                  const std::function<void(store::Store&, const Ids&)>& back, Done done) {
    if (runs.isEmpty()) return;
    std::map<QString, Ids> byStore;
    for (const RunKey& run : runs) byStore[run.store].push_back(run.run);
    std::map<QString, Command::Part> parts;
    for (const auto& [store, ids] : byStore)
        parts[store] = {[forward, ids = ids](store::Store& opened) { forward(opened, ids); },
                        [back, ids = ids](store::Store& opened) { back(opened, ids); }};
    workspace.undo.push(new Command(workspace, text, std::move(parts), std::move(done)));
}

template <typename Container>
std::size_t count(const Container& items) {
    return static_cast<std::size_t>(items.size());
}

}  // namespace

void rename(Workspace& workspace, const Text& run, const QString& name) {
    pushEach<Text>(
        workspace, tr("rename run"), {run},
        [name](store::Store& store, const Text& item) {
            store::setName(store, item.run.run, name.toStdString());
        },
        [](store::Store& store, const Text& item) {
            store::setName(store, item.run.run, item.before.toStdString());
        });
}

void setNote(Workspace& workspace, const std::vector<Text>& runs, const QString& note) {
    pushEach<Text>(
        workspace, words("note on %1", count(runs)), runs,
        [note](store::Store& store, const Text& item) {
            store::setNote(store, item.run.run, note.toStdString());
        },
        [](store::Store& store, const Text& item) {
            store::setNote(store, item.run.run, item.before.toStdString());
        });
}

void setColour(Workspace& workspace, const std::vector<Text>& runs, const QString& colour) {
    pushEach<Text>(
        workspace, words("colour of %1", count(runs)), runs,
        [colour](store::Store& store, const Text& item) {
            store::setColour(store, item.run.run, colour.toStdString());
        },
        [](store::Store& store, const Text& item) {
            store::setColour(store, item.run.run, item.before.toStdString());
        });
}

void setTag(Workspace& workspace, const std::vector<Tags>& runs, const QString& tag, bool on, Done done) {
    std::vector<Tags> changing;
    for (const Tags& run : runs)
        if (run.had != on) changing.push_back(run);
    const std::string name = tag.toStdString();
    QList<RunKey> keys;
    for (const Tags& run : changing) keys << run.run;
    const auto add = [name](store::Store& store, const Ids& ids) { store::tag(store, ids, name); };
    const auto remove = [name](store::Store& store, const Ids& ids) { store::untag(store, ids, name); };
    if (on)
        pushTogether(workspace, words("tag %1", count(changing)), keys, add, remove, std::move(done));
    else
        pushTogether(workspace, words("remove tag from %1", count(changing)), keys, remove, add,
                     std::move(done));
}

void setArchived(Workspace& workspace, const std::vector<Flag>& runs, bool archived, Done done) {
    QList<RunKey> changing;
    for (const Flag& run : runs)
        if (run.before != archived) changing << run.run;
    pushTogether(
        workspace,
        archived ? words("archive %1", count(changing))
                 : words("take %1 out of the archive", count(changing)),
        changing,
        [archived](store::Store& store, const Ids& ids) { store::setArchived(store, ids, archived); },
        [archived](store::Store& store, const Ids& ids) { store::setArchived(store, ids, !archived); },
        std::move(done));
}

void moveToBin(Workspace& workspace, const QList<RunKey>& runs, Done done) {
    pushTogether(
        workspace, words("delete %1", count(runs)), runs,
        [](store::Store& store, const Ids& ids) { store::moveToBin(store, ids); },
        [](store::Store& store, const Ids& ids) { store::restoreFromBin(store, ids); }, std::move(done));
}

void restoreFromBin(Workspace& workspace, const QList<RunKey>& runs, Done done) {
    pushTogether(
        workspace, words("restore %1", count(runs)), runs,
        [](store::Store& store, const Ids& ids) { store::restoreFromBin(store, ids); },
        [](store::Store& store, const Ids& ids) { store::moveToBin(store, ids); }, std::move(done));
}

}  // namespace filigree::ui::annotation
