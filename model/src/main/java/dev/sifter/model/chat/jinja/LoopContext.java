package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** The variable {@code loop} of a for statement. */
final class LoopContext implements PyCallable, Attributed {
  private final Recursion recursion;
  private final int depth0;
  private Iterator<Object> items;
  private long length = -1;
  private long index0 = -1;
  private Object previous = Undefined.MISSING;
  private Object current = Undefined.MISSING;
  private Object ahead = Undefined.MISSING;
  private Object changed = Undefined.MISSING;

  /** The body of a recursive loop, run over other items. */
  interface Recursion {
    String render(Object items, int depth);
  }

  LoopContext(Object iterable, Recursion recursion, int depth0) {
    this.items = Py.iterate(iterable);
    this.length = iterable instanceof PyIterator ? -1 : Py.lengthOrMinusOne(iterable);
    this.recursion = recursion;
    this.depth0 = depth0;
  }

  boolean hasNext() {
    return ahead != Undefined.MISSING || items.hasNext();
  }

  Object next() {
    Object item = ahead != Undefined.MISSING ? ahead : items.next();
    ahead = Undefined.MISSING;
    index0++;
    previous = current;
    current = item;
    return item;
  }

  long index0() {
    return index0;
  }

  long length() {
    if (length < 0) {
      List<Object> rest = new ArrayList<>();
      while (items.hasNext()) {
        rest.add(items.next());
      }
      items = rest.iterator();
      length = rest.size() + index0 + 1 + (ahead == Undefined.MISSING ? 0 : 1);
    }
    return length;
  }

  /** Iterating the loop variable itself gives (item, loop) pairs. */
  Iterator<Object> pairs() {
    LoopContext loop = this;
    return new PyIterator("LoopContext", null) {
      @Override
      Object advance() {
        return loop.hasNext() ? new PyTuple(loop.next(), loop) : Undefined.MISSING;
      }
    };
  }

  private Object peek() {
    if (ahead == Undefined.MISSING && items.hasNext()) {
      ahead = items.next();
    }
    return ahead;
  }

  @Override
  public Object attribute(String name) {
    return switch (name) {
      case "index0" -> index0;
      case "index" -> index0 + 1;
      case "first" -> index0 == 0;
      case "last" -> peek() == Undefined.MISSING;
      case "length" -> length();
      case "revindex0" -> length() - index0 - 1;
      case "revindex" -> length() - index0;
      case "depth0" -> (long) depth0;
      case "depth" -> depth0 + 1L;
      case "previtem" ->
          previous == Undefined.MISSING ? Undefined.hint("there is no previous item") : previous;
      case "nextitem" ->
          peek() == Undefined.MISSING ? Undefined.hint("there is no next item") : ahead;
      case "cycle" -> PyCallable.method(this::cycle);
      case "changed" -> PyCallable.method(this::changed);
      default -> Undefined.MISSING;
    };
  }

  private Object cycle(Args args) {
    if (args.count() == 0) {
      throw JinjaException.type("no items for cycling given");
    }
    return args.get((int) (index0 % args.count()));
  }

  private Object changed(Args args) {
    PyTuple value = new PyTuple(args.positional());
    boolean different = changed == Undefined.MISSING || !Compare.equal(changed, value);
    changed = value;
    return different;
  }

  @Override
  public String typeName() {
    return "LoopContext";
  }

  @Override
  public Object call(Run run, Args args) {
    if (recursion == null) {
      throw JinjaException.type(
          "The loop must have the 'recursive' marker to be called recursively.");
    }
    if (args.count() != 1) {
      throw JinjaException.type("a recursive loop takes one iterable (" + args.count() + " given)");
    }
    return recursion.render(args.get(0), depth0 + 1);
  }
}
