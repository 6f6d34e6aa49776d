package dev.sifter.engine.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.reference.ReferenceBackend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.contract.HostValues;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import org.junit.jupiter.api.Test;

class EmbeddingTest {
  /** As torch.nn.Embedding: padding_idx is read like any row, and receives no gradient. */
  @Test
  void thePaddingRowIsReadButNotTrained() {
    try (ReferenceBackend backend = new ReferenceBackend();
        TensorArena arena = backend.newArena("test")) {
      Tensor value = arena.allocate(DType.F32, Shape.of(3, 2));
      HostValues.upload(backend, new double[] {1, 2, 3, 4, 5, 6}, value);
      Tensor gradient = arena.allocate(DType.F32, Shape.of(3, 2));
      Parameter table = Parameter.trainable("table", value, gradient);
      Tape tape = Tape.recording(backend, arena, 0, 0);
      try (Variable y = Embedding.apply(tape, table, new int[] {2, 0, 2, 1}, 2, 1, DType.F32)) {
        assertThat(HostValues.download(backend, y.value())).containsExactly(5, 6, 1, 2, 5, 6, 3, 4);
        tape.backward(y);
      }
      assertThat(HostValues.download(backend, gradient)).containsExactly(1, 1, 1, 1, 0, 0);
      assertThat(arena.liveTensors()).as("the table and its gradient").isEqualTo(2);
    }
  }
}
