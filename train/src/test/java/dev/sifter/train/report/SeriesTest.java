package dev.sifter.train.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.train.report.Series.Point;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class SeriesTest {
  private static Series series(int points) {
    List<Point> wave =
        LongStream.range(0, points)
            .mapToObj(i -> new Point(i, i == 777 ? 50 : Math.sin(i * 0.7)))
            .toList();
    return new Series("loss", "train", false, wave);
  }

  @Test
  void thinningKeepsEndsAndSpikes() {
    Series all = series(100_000);

    Series thin = all.thinned(200);

    assertThat(thin.points()).hasSizeLessThanOrEqualTo(202);
    assertThat(thin.points()).isSortedAccordingTo(Comparator.comparingLong(Point::step));
    assertThat(thin.points()).doesNotHaveDuplicates().contains(new Point(777, 50));
    assertThat(thin.points().getFirst()).isEqualTo(all.points().getFirst());
    assertThat(thin.points().getLast()).isEqualTo(all.points().getLast());
  }

  @Test
  void fewPointsStayAsTheyAre() {
    assertThat(series(100).thinned(100)).isEqualTo(series(100));
  }

  @Test
  void valuesThatAreNotFiniteAreLeftOut() {
    List<Point> points = List.of(new Point(1, Double.NaN), new Point(2, 1), new Point(3, 1 / 0.0));

    assertThat(new Series("loss", "train", false, points).points())
        .containsExactly(new Point(2, 1));
  }
}
