package dev.sifter.model.chat.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiPredicate;

/**
 * {@code sorted()}: stable, and with the order of comparisons of Python's binary insertion sort, on
 * which the text of an error depends. Longer lists are merged from sorted halves.
 */
final class Sorting {
  private static final int INSERTION = 64;

  private final List<?> keys;
  private final BiPredicate<Object, Object> less;

  private Sorting(List<?> keys, BiPredicate<Object, Object> less) {
    this.keys = keys;
    this.less = less;
  }

  /** The items in the order of their keys; {@code reverse} is an integer, as in Python. */
  static <T> List<T> sorted(List<T> items, List<?> keys, Object reverse) {
    return sorted(items, keys, Numbers.index(reverse) != 0, Sorting::less);
  }

  /** The items in an order of their keys. */
  static <T> List<T> sorted(List<T> items, List<?> keys, BiPredicate<Object, Object> less) {
    return sorted(items, keys, false, less);
  }

  private static <T> List<T> sorted(
      List<T> items, List<?> keys, boolean reverse, BiPredicate<Object, Object> less) {
    int[] order = new int[items.size()];
    for (int i = 0; i < order.length; i++) {
      order[i] = reverse ? order.length - 1 - i : i;
    }
    new Sorting(keys, less).sort(order, 0, order.length);
    List<T> out = new ArrayList<>(order.length);
    for (int index : order) {
      out.add(items.get(index));
    }
    return reverse ? out.reversed() : out;
  }

  private boolean less(int a, int b) {
    Budget.visit();
    return less.test(keys.get(a), keys.get(b));
  }

  private static boolean less(Object a, Object b) {
    return Compare.ordered(a, b, Kind.LT);
  }

  private void sort(int[] order, int from, int to) {
    if (to - from > INSERTION) {
      int middle = (from + to) >>> 1;
      sort(order, from, middle);
      sort(order, middle, to);
      merge(order, from, middle, to);
    } else if (to - from > 1) {
      insert(order, from, to, run(order, from, to));
    }
  }

  /** The end of the ascending run at the start; a strictly descending one is turned round. */
  private int run(int[] order, int from, int to) {
    int end = from + 1;
    boolean descending = less(order[end], order[end - 1]);
    end++;
    while (end < to && less(order[end], order[end - 1]) == descending) {
      end++;
    }
    for (int i = from, j = end - 1; descending && i < j; i++, j--) {
      int swap = order[i];
      order[i] = order[j];
      order[j] = swap;
    }
    return end;
  }

  private void insert(int[] order, int from, int to, int sortedEnd) {
    for (int start = sortedEnd; start < to; start++) {
      int pivot = order[start];
      int low = from;
      int high = start;
      while (low < high) {
        int middle = low + ((high - low) >> 1);
        if (less(pivot, order[middle])) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      System.arraycopy(order, low, order, low + 1, start - low);
      order[low] = pivot;
    }
  }

  private void merge(int[] order, int from, int middle, int to) {
    int[] left = Arrays.copyOfRange(order, from, middle);
    int i = 0;
    int j = middle;
    for (int at = from; i < left.length; at++) {
      if (j < to && less(order[j], left[i])) {
        order[at] = order[j++];
      } else {
        order[at] = left[i++];
      }
    }
  }
}
