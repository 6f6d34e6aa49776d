package dev.sifter.kernels.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class DeviceSliceTest {
  private final DeviceBuffer buffer = new DeviceBuffer(4096, 100, () -> {});

  @Test
  void aSliceStaysInItsBuffer() {
    assertThat(buffer.slice(40, 60).address()).isEqualTo(4136);
    assertThat(buffer.slice(100, 0).byteSize()).isZero();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> buffer.slice(40, 61))
        .withMessage("61 bytes at offset 40 leave a buffer of 100 bytes");
    assertThatIllegalArgumentException().isThrownBy(() -> buffer.slice(-1, 4));
    assertThatIllegalArgumentException().isThrownBy(() -> buffer.slice(Long.MAX_VALUE, 4));
    assertThatIllegalArgumentException().isThrownBy(() -> buffer.slice(4, Long.MAX_VALUE));
  }

  @Test
  void aPartStaysInItsSlice() {
    DeviceSlice slice = buffer.slice(40, 20);

    assertThat(slice.slice(4, 16)).isEqualTo(buffer.slice(44, 16));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> slice.slice(4, 17))
        .withMessage("17 bytes at offset 4 leave a slice of 20 bytes");
  }

  @Test
  void requiresSizeAndAlignment() {
    assertThat(buffer.slice(16, 32).require("x", 32, 16)).isEqualTo(buffer.slice(16, 32));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> buffer.slice(16, 32).require("x", 33, 16))
        .withMessage("x needs 33 bytes; the slice has 32");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> buffer.slice(8, 32).require("x", 32, 16))
        .withMessage("x must lie at a multiple of 16 bytes; its address ends in 8");
  }

  @Test
  void knowsOverlaps() {
    assertThat(buffer.slice(0, 10).overlaps(buffer.slice(9, 5))).isTrue();
    assertThat(buffer.slice(0, 10).overlaps(buffer.slice(10, 5))).isFalse();
    assertThat(buffer.slice(0, 10).overlaps(new DeviceBuffer(4096, 10, () -> {}).all())).isFalse();
  }

  @Test
  void freesOnce() {
    int[] frees = new int[1];
    DeviceBuffer other = new DeviceBuffer(0, 1, () -> frees[0]++);

    other.close();
    other.close();

    assertThat(frees[0]).isOne();
    assertThat(other.isClosed()).isTrue();
  }

  @Test
  void aGridIsNeverEmpty() {
    assertThat(Grid.covering(257, 256)).isEqualTo(Grid.of(2));
    assertThat(Grid.of(3, 5).blocks()).isEqualTo(15);
    assertThatIllegalArgumentException().isThrownBy(() -> Grid.covering(0, 256));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Grid.of(1, 65_536))
        .withMessageContaining("1×65536×1");
  }
}
