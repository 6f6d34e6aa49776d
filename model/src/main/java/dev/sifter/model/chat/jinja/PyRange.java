package dev.sifter.model.chat.jinja;

import java.util.Iterator;
import java.util.NoSuchElementException;

/** Python's range; never longer than the sandbox allows. */
record PyRange(long start, long stop, long step) implements Attributed {
  private static final long MAX_LENGTH = 100_000;

  private static final long LIMIT = 1L << 61;

  /** The range of one to three integers. */
  static PyRange of(Object... args) {
    if (args.length == 0) {
      throw JinjaException.type("range expected at least 1 argument, got 0");
    }
    if (args.length > 3) {
      throw JinjaException.type("range expected at most 3 arguments, got " + args.length);
    }
    long start = args.length == 1 ? 0 : bound(args[0]);
    long stop = bound(args[args.length == 1 ? 0 : 1]);
    long step = args.length == 3 ? bound(args[2]) : 1;
    if (step == 0) {
      throw JinjaException.value("range() arg 3 must not be zero");
    }
    PyRange range = new PyRange(start, stop, step);
    if (range.length() > MAX_LENGTH) {
      throw JinjaException.overflow(
          "Range too big. The sandbox blocks ranges larger than MAX_RANGE (" + MAX_LENGTH + ").");
    }
    return range;
  }

  /** A bound so far from overflow that the last element and a step more are. */
  private static long bound(Object value) {
    long bound = Numbers.index(value);
    if (bound < -LIMIT || bound > LIMIT) {
      throw tooLarge();
    }
    return bound;
  }

  private static JinjaException tooLarge() {
    return JinjaException.overflow("a range with integers beyond 2**61; the sandbox refuses it");
  }

  /** The elements from one index to before another, {@code by} apart. */
  PyRange slice(long from, long to, long by) {
    try {
      return new PyRange(get(from), get(to), Math.multiplyExact(step, by));
    } catch (ArithmeticException overflow) {
      throw tooLarge();
    }
  }

  @Override
  public Object attribute(String name) {
    return switch (name) {
      case "start" -> start;
      case "stop" -> stop;
      case "step" -> step;
      default -> Undefined.MISSING;
    };
  }

  long length() {
    if (step > 0 ? start >= stop : start <= stop) {
      return 0;
    }
    return step > 0 ? (stop - start - 1) / step + 1 : (start - stop - 1) / -step + 1;
  }

  /** The element at an index from 0 to length. */
  long get(long index) {
    return start + index * step;
  }

  /** Whether the range holds an integer. */
  boolean contains(long value) {
    boolean inside = step > 0 ? value >= start && value < stop : value <= start && value > stop;
    return inside && (value - start) % step == 0;
  }

  Iterator<Object> iterator() {
    return new Iterator<>() {
      private long next;

      @Override
      public boolean hasNext() {
        return next < length();
      }

      @Override
      public Object next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return get(next++);
      }
    };
  }
}
