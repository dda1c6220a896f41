// reference: the pages layers/REFERENCE.md and optim/REFERENCE.md, written from the declarations: every class of every
// registry with its arguments, their defaults and meanings, and the first sentence of the comment above the class.
//
//     build/bin/reference            compares the pages with the declarations, and fails where they differ
//     build/bin/reference --write    writes them
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <regex>
#include <sstream>

#include <CLI/CLI.hpp>

#include <xtape/core/errors.hpp>
#include <xtape/core/registry.hpp>
#include <xtape/layers/activations/activation.hpp>
#include <xtape/layers/constraints/constraint.hpp>
#include <xtape/layers/initializers/initializer.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/regularizers/regularizer.hpp>
#include <xtape/optim/losses/registry.hpp>
#include <xtape/optim/metrics/registry.hpp>
#include <xtape/optim/optimizers/registry.hpp>
#include <xtape/optim/schedules/schedule.hpp>

using namespace xtape;

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Up to the first full stop; of several lines one.
std::string first_sentence(const std::string& comment) {
  static const std::regex end(R"(\.(\s|$)|:?\n\n)");
  std::smatch found;
  std::string out = comment;
  if (std::regex_search(comment, found, end)) out = found.prefix().str() + ".";
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

using Comments = std::map<std::string, std::string>;

/// Calls f(line, comment) for each line of a header, with the comment above it.
template <class F>
void for_each_line(const fs::path& header, F&& f) {
  static const std::regex comment(R"(^\s*/// ?(.*)$)"), in_between(R"(^(template|requires))");
  std::istringstream lines(text_of(header));
  std::string above;
  std::smatch found;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_search(line, found, comment)) {
      above += (above.empty() ? "" : "\n") + found[1].str();
    } else if (!std::regex_search(line, in_between)) {
      f(line, above);
      above.clear();
    }
  }
}

std::vector<fs::path> headers_in(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".hpp") out.push_back(entry.path());
  return out;
}

/// From the names of ops to the first sentences above them.
Comments comments_of_ops(const fs::path& folder) {
  static const std::regex op(R"(^Tensor (\w+)\()");
  Comments out;
  for (const fs::path& header : headers_in(folder))
    for_each_line(header, [&](const std::string& line, const std::string& above) {
      std::smatch found;
      if (std::regex_search(line, found, op) && !above.empty()) out.emplace(found[1], first_sentence(above));
    });
  return out;
}

/// From each class's name in Keras to the first sentence above its declaration; an activation has its op's.
Comments comments_of_classes(const fs::path& folder, const Comments& ops) {
  static const std::regex declaration(R"(^(class|struct) \w+)"), name(R"re(class_name = "(\w+)")re"),
      of_op(R"re(^using \w+ = .*<"(\w+)", (?:xtape::)?(\w+?)(_of)?\b)re");
  Comments out;
  for (const fs::path& header : headers_in(folder)) {
    std::string of_class;
    for_each_line(header, [&](const std::string& line, const std::string& above) {
      std::smatch found;
      if (std::regex_search(line, declaration)) of_class = above;
      if (std::regex_search(line, found, name)) out[found[1]] = first_sentence(of_class);
      if (!std::regex_search(line, found, of_op)) return;
      const auto op = ops.find(found[2]);
      out[found[1]] = above.empty() && op != ops.end() ? op->second : first_sentence(above);
    });
  }
  return out;
}

/// A default as one writes it: a class without its arguments by its name.
std::string shown(const std::string& default_value) {
  const Json json = Json::parse(default_value);
  if (json.is_null()) return "None";
  if (json.is_object() && json.contains("class_name"))
    return "\"" + to_snake_case(json["class_name"].get<std::string>()) + "\"";
  return json.dump();
}

std::string escaped(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, 1, '\\');
  return text;
}

class Page {
 public:
  Page(const std::string& title, Comments comments) : comments_(std::move(comments)) {
    text_ << "# " << title << "\n\n"
          << "Written from the declarations by `build/bin/reference --write`, and not by hand. A class takes "
             "its arguments\n"
          << "by name, `Dense({.units = 3})`; what is called like an argument of Keras means what it means "
             "there.\n";
  }

  template <class Product>
  void add(const std::string& family, const Registry<Product>& registry) {
    text_ << "\n## " << family << "\n";
    for (const auto& entry : registry.entries()) {
      text_ << "\n### " << entry.class_name << "\n";
      const auto comment = comments_.find(entry.class_name);
      if (comment != comments_.end() && !comment->second.empty()) text_ << "\n" << comment->second << "\n";
      std::string aliases;
      for (const auto& [alias, to] : registry.aliases())
        if (to.class_name == entry.class_name && alias != to_snake_case(entry.class_name))
          aliases += (aliases.empty() ? "`" : ", `") + alias + "`";
      if (!aliases.empty()) text_ << "\nAlso " << aliases << ".\n";
      const auto arguments = entry.arguments();
      if (!arguments.empty()) text_ << "\n| argument | default | |\n| --- | --- | --- |\n";
      for (const Argument& a : arguments)
        text_ << "| `" << a.name << "` | `" << escaped(shown(a.default_value)) << "` | " << escaped(a.doc)
              << " |\n";
      if (comment == comments_.end() || comment->second.empty()) undocumented_.push_back(entry.class_name);
    }
  }

  std::string text() const { return text_.str(); }
  /// Classes without a comment above them.
  const std::vector<std::string>& undocumented() const { return undocumented_; }

 private:
  Comments comments_;
  std::ostringstream text_;
  std::vector<std::string> undocumented_;
};

std::vector<std::pair<std::string, Page>> all_pages(const fs::path& project) {
  const Comments ops = comments_of_ops(project / "core" / "ops");
  Page layers("Layers and what they are made with", comments_of_classes(project / "layers", ops));
  layers.add("Layers", layer_registry());
  layers.add("Activations", registry<ActivationFunction>());
  layers.add("Initializers", registry<Initializer>());
  layers.add("Regularizers", registry<Regularizer>());
  layers.add("Constraints", registry<Constraint>());
  Page optim("What models are trained with", comments_of_classes(project / "optim", ops));
  optim.add("Optimizers", optimizer_registry());
  optim.add("Learning rate schedules", registry<LearningRateSchedule>());
  optim.add("Losses", loss_registry());
  optim.add("Metrics", metric_registry());
  std::vector<std::pair<std::string, Page>> pages;
  pages.emplace_back("layers/REFERENCE.md", std::move(layers));
  pages.emplace_back("optim/REFERENCE.md", std::move(optim));
  return pages;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Writes the reference pages from the declarations, or checks that they are current");
  bool write = false;
  const char* source = std::getenv("XTAPE_SOURCE_DIR");
  std::string project = source ? source : ".";
  app.add_flag("--write", write, "Write the pages");
  app.add_option("project", project, "The project's folder")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  int differing = 0;
  for (const auto& [name, page] : all_pages(project)) {
    const fs::path file = fs::path(project) / name;
    for (const std::string& class_name : page.undocumented()) {
      std::cout << name << ": there is no comment above the class " << class_name << '\n';
      ++differing;
    }
    if (write) {
      std::ofstream(file) << page.text();
    } else if (text_of(file) != page.text()) {
      std::cout << name << " is not current; write it with: build/bin/reference --write\n";
      ++differing;
    }
  }
  return differing == 0 ? 0 : 1;
}
