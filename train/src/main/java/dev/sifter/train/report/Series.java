package dev.sifter.train.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One line of a chart.
 *
 * @param name in the legend
 * @param style CSS class that colours it: {@code train}, {@code eval}, or a run's
 * @param marked whether each point has a dot, for measurements that are few
 * @param points ascending in their steps, all finite
 */
record Series(String name, String style, boolean marked, List<Point> points) {
  /** A value after so many optimizer steps. */
  record Point(long step, double value) {}

  /** Values by their steps, as points. */
  static List<Point> points(Map<Long, Double> values) {
    return values.entrySet().stream()
        .map(value -> new Point(value.getKey(), value.getValue()))
        .toList();
  }

  /** Leaves out values that are not finite: they have no place on an axis. */
  Series {
    points = points.stream().filter(p -> Double.isFinite(p.value)).toList();
  }

  /**
   * This series with at most about {@code limit} points. Of each stretch of steps the smallest and
   * the largest value stay, so that spikes do; first and last point stay too.
   */
  Series thinned(int limit) {
    int n = points.size();
    if (n <= limit) {
      return this;
    }
    int buckets = Math.max(1, limit / 2);
    List<Point> kept = new ArrayList<>();
    for (int b = 0; b < buckets; b++) {
      int from = (int) ((long) n * b / buckets);
      int to = (int) ((long) n * (b + 1) / buckets);
      int min = from;
      int max = from;
      for (int i = from; i < to; i++) {
        min = points.get(i).value < points.get(min).value ? i : min;
        max = points.get(i).value > points.get(max).value ? i : max;
      }
      int first = b == 0 ? 0 : Math.min(min, max);
      int last = b == buckets - 1 ? n - 1 : Math.max(min, max);
      keep(kept, first, Math.min(min, max), Math.max(min, max), last);
    }
    return new Series(name, style, marked, kept);
  }

  private void keep(List<Point> kept, int... ascending) {
    int before = -1;
    for (int index : ascending) {
      if (index != before) {
        kept.add(points.get(index));
      }
      before = index;
    }
  }
}
