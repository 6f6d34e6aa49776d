/** A typed assembler of PTX, NVIDIA's virtual instruction set: kernels are written with it. */
package dev.sifter.kernels.ptx;
