package dev.sifter.model.chat.jinja;

import java.util.List;

/** A group of the filter {@code groupby}: a pair whose parts have the names of a namedtuple. */
final class GroupTuple extends PyTuple implements Attributed {
  GroupTuple(Object grouper, List<Object> members) {
    super(grouper, members);
  }

  @Override
  public Object attribute(String name) {
    return switch (name) {
      case "grouper" -> array()[0];
      case "list" -> array()[1];
      default -> Undefined.MISSING;
    };
  }
}
