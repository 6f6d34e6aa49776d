package dev.sifter.train.cli.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LaneValuesTest {
  private static final int ALL = -1;

  private static long[] lanes(LongUnaryOperator value) {
    return LongStream.range(0, 32).map(value).toArray();
  }

  private static String text(long[] values, int mask, Integer lane, String type) {
    return LaneValues.of(values, mask, lane).text(type);
  }

  @Test
  void valuesAreShortenedButNotChanged() {
    assertThat(text(lanes(lane -> 7), ALL, null, "b32")).isEqualTo("7");
    assertThat(text(lanes(lane -> 4 * lane), ALL, null, "b32")).isEqualTo("0, 4 … 124");
    assertThat(text(lanes(lane -> lane * lane), ALL, null, "b32")).isEqualTo("0, 1, 4, 9, …");
    assertThat(text(lanes(lane -> lane * lane), 0b111, null, "b32")).isEqualTo("0, 1, 4");
    assertThat(text(lanes(lane -> lane), 0, null, "b32")).isEqualTo("in no lane");
  }

  @Test
  void lanesThatAreNotSideBySideAreNoSeries() {
    assertThat(text(lanes(lane -> lane == 7 ? 2 : lane), 0b10000011, null, "b32"))
        .isEqualTo("0, 1, 2");
  }

  @Test
  void oneLaneMayBeAskedForEvenIfItDidNotRun() {
    assertThat(text(lanes(lane -> lane), 1, 5, "b32")).isEqualTo("5");
  }

  @Test
  void bitsAreReadByTheirType() {
    long half = Float.floatToRawIntBits(0.5f);
    assertThat(text(lanes(lane -> half), ALL, null, "f32")).isEqualTo("0.5");
    assertThat(text(lanes(lane -> half), ALL, null, "b32")).isEqualTo("0x3f000000");
    assertThat(text(lanes(lane -> 0xffff_fffeL), ALL, null, "b32")).isEqualTo("-2");
    assertThat(text(lanes(lane -> 1L << 40), ALL, null, "b64")).isEqualTo("0x10000000000");
    assertThat(text(lanes(lane -> lane < 16 ? 1 : 0), ALL, 16, "pred")).isEqualTo("false");
    assertThat(text(lanes(lane -> 16), ALL, null, "address")).isEqualTo("0x10");
  }
}
