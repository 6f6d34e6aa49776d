package dev.sifter.model.chat.jinja;

import java.util.Iterator;
import java.util.NoSuchElementException;

/** A lazy sequence that can be walked once: a generator of Python, or one of its iterators. */
class PyIterator implements Iterator<Object> {
  private final String typeName;
  private final Iterator<Object> source;
  private Object ahead = Undefined.MISSING;
  private boolean finished;

  PyIterator(String typeName, Iterator<Object> source) {
    this.typeName = typeName;
    this.source = source;
  }

  String typeName() {
    return typeName;
  }

  /** The next element, or {@link Undefined#MISSING} at the end; subclasses filter here. */
  Object advance() {
    return source.hasNext() ? source.next() : Undefined.MISSING;
  }

  @Override
  public final boolean hasNext() {
    if (ahead == Undefined.MISSING && !finished) {
      Budget.visit();
      try {
        ahead = advance();
      } catch (JinjaException error) {
        finished = true;
        throw error;
      }
      finished = ahead == Undefined.MISSING;
    }
    return ahead != Undefined.MISSING;
  }

  @Override
  public final Object next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Object item = ahead;
    ahead = Undefined.MISSING;
    return item;
  }
}
