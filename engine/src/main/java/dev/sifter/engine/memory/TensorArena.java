package dev.sifter.engine.memory;

import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * A named scope of tensors: parameters, gradients, optimizer state, a training step.
 *
 * <p>Tensors live until they are {@linkplain #release released} or the arena is {@linkplain #clear
 * cleared} or closed. A cleared arena keeps its slabs, so that from the second step on a training
 * loop takes no memory from the system. Contents of a new tensor are undefined; ops write their
 * outputs in full.
 *
 * <p>Not thread-safe: one thread drives an arena, kernels only use its tensors.
 */
public final class TensorArena implements AutoCloseable {
  /**
   * Slab size of arenas that are cleared after each step: large enough that activations pack well,
   * small enough that the last slab wastes little. The dry run uses the same, and so predicts what
   * a real step reserves.
   */
  public static final long STEP_SLAB_BYTES = 64L << 20;

  private final String name;
  private final StorageProvider provider;
  private final MemoryLedger ledger;
  private final SlabAllocator allocator;
  private final List<Storage> slabs = new ArrayList<>();
  private final Map<Tensor, SlabAllocator.Block> live = new IdentityHashMap<>();
  private boolean closed;

  /**
   * An empty arena.
   *
   * @param name the account in the ledger; several arenas may share it
   * @param slabBytes least size of a slab; 0 gives every tensor its own
   */
  public TensorArena(String name, StorageProvider provider, MemoryLedger ledger, long slabBytes) {
    this.name = name;
    this.provider = provider;
    this.ledger = ledger;
    this.allocator = new SlabAllocator(slabBytes, bytes -> slabs.add(provider.reserve(bytes)));
  }

  /** A tensor of undefined contents. */
  public Tensor allocate(DType dtype, Shape shape) {
    return allocate(dtype, shape, 0);
  }

  /**
   * A tensor of undefined contents, whose rows have so many columns of border.
   *
   * @throws OutOfMemoryError or the provider's own exception; the arena is as it was then
   */
  public Tensor allocate(DType dtype, Shape shape, int border) {
    if (closed) {
      throw new IllegalStateException("arena '" + name + "' is closed");
    }
    long elements = shape.elements() + (border == 0 ? 0 : shape.rows() * border);
    long bytes = Math.multiplyExact(elements, (long) dtype.bytes());
    SlabAllocator.Block block = allocator.allocate(bytes);
    Tensor tensor = Tensor.bordered(dtype, shape, border, slabs.get(block.slab()), block.offset());
    live.put(tensor, block);
    ledger.add(name, block.bytes());
    return tensor;
  }

  /**
   * Gives a tensor's bytes back before the arena's end.
   *
   * @throws IllegalStateException if this arena did not allocate it, or it was released before
   */
  public void release(Tensor tensor) {
    SlabAllocator.Block block = live.remove(tensor);
    if (block == null) {
      throw new IllegalStateException(
          "arena '%s' does not hold tensor %s: a view, or released twice".formatted(name, tensor));
    }
    allocator.release(block);
    provider.discard(slabs.get(block.slab()), block.offset(), block.bytes());
    ledger.add(name, -block.bytes());
  }

  /** Number of tensors that are neither released nor cleared. */
  public int liveTensors() {
    return live.size();
  }

  /** Ends all tensors; the memory stays reserved for the next ones. */
  public void clear() {
    endTensors();
    allocator.releaseAll();
    slabs.forEach(slab -> provider.discard(slab, 0, slab.byteSize()));
  }

  /**
   * Ends all tensors and gives the memory back.
   *
   * @throws RuntimeException the provider's own, where it cannot release a slab; the others are
   *     released then
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    endTensors();
    RuntimeException failed = null;
    for (Storage slab : slabs) {
      try {
        provider.release(slab);
      } catch (RuntimeException e) {
        if (failed == null) {
          failed = e;
        } else if (failed != e) {
          failed.addSuppressed(e);
        }
      }
    }
    if (failed != null) {
      throw failed;
    }
  }

  private void endTensors() {
    live.values().forEach(block -> ledger.add(name, -block.bytes()));
    live.clear();
  }
}
