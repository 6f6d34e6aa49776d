package dev.sifter.engine.ops;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.dryrun.DryRunBackend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import org.junit.jupiter.api.Test;

/** Groups of columns that are not there would be those of the next row. */
class ColumnsTest {
  @Test
  void groupsThatRowsDoNotHaveAreRefused() {
    try (DryRunBackend backend = new DryRunBackend();
        TensorArena arena = backend.newStepArena("test")) {
      Tape tape = Tape.inference(backend, arena);
      Variable x = Variable.constant(arena.allocate(DType.F32, Shape.of(2, 12)));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Columns.apply(tape, x, 5, 0))
          .withMessage("columns: rows of F32 [2, 12] are not whole groups of 5");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Columns.apply(tape, x, 4, 1, 3))
          .withMessage("columns: rows of F32 [2, 12] have 3 groups of 4, no group 3");
    }
  }
}
