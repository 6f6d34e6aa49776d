package dev.sifter.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TensorArenaTest {
  private final MemoryLedger ledger = new MemoryLedger();
  private final HostStorageProvider provider = new HostStorageProvider();

  private TensorArena arena(String name) {
    return new TensorArena(name, provider, ledger, 1 << 12);
  }

  @Test
  void theLedgerKnowsWhatIsHeldAndTheMostThatWas() {
    try (TensorArena step = arena("step");
        TensorArena parameters = arena("parameters")) {
      parameters.allocate(DType.F32, Shape.of(64));
      Tensor first = step.allocate(DType.F32, Shape.of(16, 2));
      step.allocate(DType.BF16, Shape.of(1));
      assertThat(ledger.bytes("parameters")).isEqualTo(256);
      assertThat(ledger.bytes("step")).as("rounded up to 64").isEqualTo(128 + 64);
      step.release(first);
      step.allocate(DType.F32, Shape.of(8));
      assertThat(ledger.bytes()).isEqualTo(256 + 128);
      assertThat(ledger.peakBytes()).isEqualTo(256 + 192);
      assertThat(ledger.peakBytesByArena()).containsEntry("step", 192L);
    }
    assertThat(ledger.bytes()).isZero();
    ledger.assertEmpty();
    assertThat(ledger.peakBytes()).isEqualTo(256 + 192);
  }

  @Test
  void aLeakIsNamed() {
    try (TensorArena step = arena("step");
        TensorArena parameters = arena("parameters")) {
      parameters.allocate(DType.F32, Shape.of(3));
      assertThat(step.liveTensors()).isZero();
      assertThatIllegalStateException()
          .isThrownBy(ledger::assertEmpty)
          .withMessage("arenas not closed: parameters: 64 bytes;");
    }
  }

  @Test
  void aTensorIsReleasedOnceAndByItsOwnArena() {
    try (TensorArena arena = arena("step");
        TensorArena other = arena("other")) {
      Tensor tensor = arena.allocate(DType.F32, Shape.of(2, 3));
      assertThatIllegalStateException().isThrownBy(() -> other.release(tensor));
      assertThatIllegalStateException()
          .isThrownBy(() -> arena.release(tensor.reshape(6)))
          .withMessage("arena 'step' does not hold tensor F32 [6]: a view, or released twice");
      arena.release(tensor);
      assertThatIllegalStateException().isThrownBy(() -> arena.release(tensor));
    }
  }

  @Test
  void aClosedArenaGivesNothing() {
    TensorArena arena = arena("step");
    Tensor tensor = arena.allocate(DType.F32, Shape.of(4));
    arena.close();
    arena.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> arena.allocate(DType.F32, Shape.of(1)))
        .withMessage("arena 'step' is closed");
    assertThatThrownBy(() -> tensor.segment().fill((byte) 1))
        .as("memory after its arena")
        .isInstanceOf(IllegalStateException.class);
  }

  /** After a device's fault each slab may refuse; none of them may keep another one's memory. */
  @Test
  void aSlabThatCannotBeReleasedDoesNotKeepTheOthers() {
    List<Storage> released = new ArrayList<>();
    StorageProvider refusing =
        new StorageProvider() {
          @Override
          public Storage reserve(long bytes) {
            return provider.reserve(bytes);
          }

          @Override
          public void release(Storage storage) {
            provider.release(storage);
            released.add(storage);
            if (released.size() < 3) {
              throw new IllegalStateException("slab " + released.size());
            }
          }
        };
    TensorArena arena = new TensorArena("step", refusing, ledger, 0);
    List<Storage> slabs =
        Stream.generate(() -> arena.allocate(DType.F32, Shape.of(4)).storage()).limit(3).toList();
    assertThatIllegalStateException()
        .isThrownBy(arena::close)
        .withMessage("slab 1")
        .satisfies(e -> assertThat(e.getSuppressed()).extracting("message").containsOnly("slab 2"));
    assertThat(released).containsExactlyElementsOf(slabs);
    ledger.assertEmpty();
    arena.close();
    assertThat(released).as("closed once").hasSize(3);
  }

  /** A run that catches the error and goes on with less must not ask for that memory again. */
  @Test
  void memoryThatIsNotThereLeavesTheArenaAsItWas() {
    StorageProvider small =
        new StorageProvider() {
          @Override
          public Storage reserve(long bytes) {
            if (bytes > 1 << 12) {
              throw new OutOfMemoryError("no " + bytes);
            }
            return provider.reserve(bytes);
          }

          @Override
          public void release(Storage storage) {
            provider.release(storage);
          }
        };
    try (TensorArena arena = new TensorArena("step", small, ledger, 1 << 12)) {
      assertThatThrownBy(() -> arena.allocate(DType.F32, Shape.of(5000)))
          .isInstanceOf(OutOfMemoryError.class);
      assertThat(ledger.bytes()).isZero();
      Tensor tensor = arena.allocate(DType.F32, Shape.of(10));
      assertThat(tensor.storage().byteSize()).isEqualTo(1 << 12);
      arena.clear();
    }
    ledger.assertEmpty();
  }

  @Test
  void aClearedArenaReusesItsMemory() {
    try (TensorArena arena = arena("step")) {
      Tensor before = arena.allocate(DType.F32, Shape.of(100));
      arena.clear();
      assertThat(arena.liveTensors()).isZero();
      assertThat(ledger.bytes()).isZero();
      Tensor after = arena.allocate(DType.F32, Shape.of(100));
      assertThat(after.storage()).isSameAs(before.storage());
      assertThat(after.byteOffset()).isEqualTo(before.byteOffset());
    }
  }
}
