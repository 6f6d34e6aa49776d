package dev.sifter.kernels.gpu.jcuda;

import static dev.sifter.kernels.gpu.jcuda.DriverErrors.check;

import dev.sifter.kernels.gpu.GpuGraph;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** A graph of the driver, ready to run. */
final class JCudaGraph implements GpuGraph {
  private final JCudaGpu gpu;
  private final CUgraph graph;
  private final CUgraphExec executable = new CUgraphExec();

  JCudaGraph(JCudaGpu gpu, CUgraph graph) {
    this.gpu = gpu;
    this.graph = graph;
    int result = JCudaDriver.cuGraphInstantiate(executable, graph, 0);
    if (result != CUresult.CUDA_SUCCESS) {
      JCudaDriver.cuGraphDestroy(graph);
    }
    check("cuGraphInstantiate", result);
  }

  CUgraphExec handle() {
    return executable;
  }

  @Override
  public int size() {
    gpu.makeCurrent();
    long[] count = new long[1];
    check("cuGraphGetNodes", JCudaDriver.cuGraphGetNodes(graph, null, count));
    return Math.toIntExact(count[0]);
  }

  @Override
  public void close() {
    gpu.makeCurrent();
    int ofExecutable = JCudaDriver.cuGraphExecDestroy(executable);
    int ofGraph = JCudaDriver.cuGraphDestroy(graph);
    check("cuGraphExecDestroy", ofExecutable);
    check("cuGraphDestroy", ofGraph);
  }
}
