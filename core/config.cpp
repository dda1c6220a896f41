#include <cctype>

#include <xtape/core/config.hpp>
#include <xtape/core/errors.hpp>

namespace xtape {

Index Tuple1::checked(std::string_view owner, std::string_view name, Index minimum) const {
  require(length_ == 1, owner, name, " must be an integer or a tuple of 1 integer (received a tuple of ",
      length_, ")");
  require(
      value_ >= minimum, owner, name, " must be at least ", minimum, " (received ", name, "=", value_, ")");
  return value_;
}

void Tuple2::check(std::string_view owner, std::string_view name, Index minimum) const {
  require(length_ == 2, owner, name, " must be an integer or a tuple of 2 integers (received a tuple of ",
      length_, ")");
  require(first_ >= minimum && second_ >= minimum, owner, name, " must be at least ", minimum, " (received ",
      name, "=(", first_, ", ", second_, "))");
}

std::string to_snake_case(std::string_view class_name) {
  const auto is = [&](int (*kind)(int), std::size_t i) {
    return i < class_name.size() && kind(static_cast<unsigned char>(class_name[i])) != 0;
  };
  std::string out;
  for (std::size_t i = 0; i < class_name.size(); ++i) {
    const bool begins_word =
        i > 0 && is(std::isupper, i) && (is(std::islower, i - 1) || is(std::islower, i + 1));
    if (begins_word && out.back() != '_') out += '_';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(class_name[i])));
  }
  return out;
}

}  // namespace xtape
