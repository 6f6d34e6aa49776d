package dev.sifter.engine.backend;

import dev.sifter.engine.memory.HostStorageProvider;
import dev.sifter.engine.memory.MemoryLedger;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** What the backends that compute in this process's memory share. */
public abstract class HostBackend implements Backend {
  private final MemoryLedger ledger = new MemoryLedger();
  private final HostStorageProvider provider = new HostStorageProvider();

  @Override
  public final MemoryLedger ledger() {
    return ledger;
  }

  @Override
  public final TensorArena newArena(String name) {
    return new TensorArena(name, provider, ledger, 0);
  }

  @Override
  public final TensorArena newStepArena(String name) {
    return new TensorArena(name, provider, ledger, TensorArena.STEP_SLAB_BYTES);
  }

  @Override
  public final Tensor adopt(Tensor hostTensor, TensorArena arena) {
    return hostTensor;
  }

  @Override
  public final void upload(MemorySegment source, Tensor target) {
    if (source.byteSize() != target.byteSize()) {
      throw new IllegalArgumentException(
          "cannot copy %d bytes to %d".formatted(source.byteSize(), target.byteSize()));
    }
    target.segment().copyFrom(source);
  }
}
