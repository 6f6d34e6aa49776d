/**
 * A GPU in Java: it parses PTX text, runs it warp by warp, and checks and counts what a sanitizer
 * and a profiler would.
 *
 * <p>The way of a kernel: {@code PtxLexer} and {@code PtxParser} make a {@code PtxModule} of the
 * text; {@code Decoder} makes an {@code Instruction} of each statement, by families ({@code
 * IntegerOps}, {@code FloatOps}, {@code GlobalOps}, {@code TensorOps}, …), and refuses what it does
 * not know; {@code LaunchRunner} hands out the blocks of a launch; {@code Block} runs its {@code
 * Warp}s by turns.
 *
 * <p>Every register is a plane of 32 integers, one a lane, and an instruction is a loop over
 * planes. Lanes that took different ways have different program counters; those at the smallest
 * run, so that they meet again as early as possible.
 */
package dev.sifter.kernels.gpu.emulator;
