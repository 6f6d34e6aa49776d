/** The device interface: what the engine asks of a GPU, real or emulated. */
package dev.sifter.kernels.gpu;
