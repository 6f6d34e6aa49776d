package dev.sifter.train.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class BarRendererTest {
  private static String render(long current, long max, double seconds, int columns) {
    Duration elapsed = Duration.ofMillis((long) (1000 * seconds));
    return new BarRenderer("steps").render("run", 10, current, max, elapsed, "loss 2.3", columns);
  }

  @Test
  void rateAndTimeLeftCountFromTheStart() {
    // 20 steps in 2.5 s are 8 a second, so that the other 30 take 3.75 s.
    assertThat(render(30, 60, 2.5, 120))
        .startsWith("run   50 %  ████████████████████····················  30/60 steps")
        .endsWith("  8 steps/s  left 3.75 s  loss 2.3");
    assertThat(render(11, 60, 25, 120)).contains("0.04 steps/s  left 20 min 25 s");
  }

  @Test
  void nothingDoneHasNoRate() {
    assertThat(render(10, 60, 0, 120)).contains("10/60 steps  in 0.00 s");
  }

  @Test
  void anUnknownEndHasNoShare() {
    assertThat(render(30, -1, 2.5, 120)).isEqualTo("run  30 steps  8 steps/s  in 2.50 s  loss 2.3");
  }

  @Test
  void aNarrowLineKeepsTheTimeThatIsLeft() {
    assertThat(render(30, 60, 2.5, 46)).isEqualTo("run   50 %  30/60 steps  left 3.75 s  loss 2.3");
    assertThat(render(30, 60, 2.5, 40)).isEqualTo("run   50 %  30/60 steps  left 3.75 s");
    assertThat(render(30, 60, 2.5, 30)).isEqualTo("run  30/60 steps  left 3.75 s");
    assertThat(render(30, 60, 2.5, 28)).isEqualTo("30/60 steps  left 3.75 s");
  }

  @Test
  void theLineFitsAnyWidth() {
    for (int columns = 1; columns < 150; columns++) {
      for (long current = 10; current <= 60; current++) {
        assertThat(render(current, 60, 7, columns)).hasSizeLessThanOrEqualTo(columns);
      }
    }
  }

  @Test
  void theBarIsExactToAnEighth() {
    assertThat(BarRenderer.bar(0, 4)).isEqualTo("····");
    assertThat(BarRenderer.bar(0.5, 4)).isEqualTo("██··");
    assertThat(BarRenderer.bar(5 / 32.0, 4)).isEqualTo("▋···");
    assertThat(BarRenderer.bar(1, 4)).isEqualTo("████");
  }
}
