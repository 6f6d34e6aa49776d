package dev.sifter.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class GgufTypeTest {
  /** Halves go away from zero, as C's roundf has them; what is just below one does not. */
  @Test
  void bytesAreRoundedToNearest() {
    float belowHalf = Math.nextDown(0.5f);
    float[] values = Arrays.copyOf(new float[] {127, 0.5f, -0.5f, 2.5f, belowHalf, -belowHalf}, 32);
    ByteBuffer block = ByteBuffer.allocate(34).order(ByteOrder.LITTLE_ENDIAN);

    GgufType.Q8_0.encode(values, 32, block);

    assertThat(Float.float16ToFloat(block.getShort(0))).as("scale").isEqualTo(1);
    assertThat(Arrays.copyOfRange(block.array(), 2, 34))
        .isEqualTo(Arrays.copyOf(new byte[] {127, 1, -1, 3, 0, 0}, 32));
  }
}
