package dev.sifter.kernels.gpu.emulator;

import dev.sifter.kernels.ptx.KernelParameter;
import dev.sifter.kernels.ptx.ParameterType;
import dev.sifter.kernels.ptx.PtxKernel;
import dev.sifter.kernels.ptx.PtxTarget;
import java.util.List;

/**
 * Every form of an instruction that the emulator knows and that only computes.
 *
 * <p>Inputs are {@code %r1} to {@code %r3}, the same bits as {@code %f1} to {@code %f3}, {@code
 * %d11} and {@code %d12} made of them, {@code %h1}, {@code %p1} and {@code %p2}; results are {@code
 * %r10}, {@code %f10}, {@code %d10}, {@code %h10}, {@code %p10}.
 */
final class InstructionForms {
  /** Words of input and of output of a thread. */
  static final int WORDS = 6;

  /** Exact ones: a device gives the same bits. */
  static final List<String> EXACT =
      """
      add.u32 %r10, %r1, %r2;
      add.s32 %r10, %r1, -5;
      sub.u32 %r10, %r1, %r2;
      sub.s32 %r10, %r1, %r2;
      mul.lo.u32 %r10, %r1, %r2;
      mul.lo.s32 %r10, %r1, %r2;
      mul.hi.u32 %r10, %r1, %r2;
      mul.hi.s32 %r10, %r1, %r2;
      mul.wide.u32 %d10, %r1, %r2;
      mul.wide.s32 %d10, %r1, %r2;
      mad.lo.u32 %r10, %r1, %r2, %r3;
      mad.lo.s32 %r10, %r1, %r2, %r3;
      mad.hi.u32 %r10, %r1, %r2, %r3;
      mad.hi.s32 %r10, %r1, %r2, %r3;
      mad.wide.u32 %d10, %r1, %r2, %d11;
      mad.wide.s32 %d10, %r1, %r2, %d11;
      div.u32 %r10, %r1, %r2;
      div.s32 %r10, %r1, %r2;
      rem.u32 %r10, %r1, %r2;
      rem.s32 %r10, %r1, %r2;
      min.u32 %r10, %r1, %r2;
      max.u32 %r10, %r1, %r2;
      min.s32 %r10, %r1, %r2;
      max.s32 %r10, %r1, %r2;
      neg.s32 %r10, %r1;
      abs.s32 %r10, %r1;
      add.u64 %d10, %d11, %d12;
      add.s64 %d10, %d11, %d12;
      sub.u64 %d10, %d11, %d12;
      sub.s64 %d10, %d11, %d12;
      mul.lo.u64 %d10, %d11, %d12;
      mul.lo.s64 %d10, %d11, %d12;
      mul.hi.u64 %d10, %d11, %d12;
      mad.lo.u64 %d10, %d11, %d12, %d11;
      mad.lo.s64 %d10, %d11, %d12, %d11;
      div.u64 %d10, %d11, %d12;
      rem.u64 %d10, %d11, %d12;
      min.u64 %d10, %d11, %d12;
      max.u64 %d10, %d11, %d12;
      min.s64 %d10, %d11, %d12;
      max.s64 %d10, %d11, %d12;
      neg.s64 %d10, %d11;
      and.b64 %d10, %d11, %d12;
      or.b64 %d10, %d11, %d12;
      xor.b64 %d10, %d11, %d12;
      not.b64 %d10, %d11;
      shl.b64 %d10, %d11, %r2;
      shr.b64 %d10, %d11, %r2;
      shr.u64 %d10, %d11, %r2;
      shr.s64 %d10, %d11, %r2;
      popc.b64 %r10, %d11;
      clz.b64 %r10, %d11;
      and.b32 %r10, %r1, %r2;
      or.b32 %r10, %r1, %r2;
      xor.b32 %r10, %r1, %r2;
      not.b32 %r10, %r1;
      shl.b32 %r10, %r1, %r2;
      shr.b32 %r10, %r1, %r2;
      shr.u32 %r10, %r1, %r2;
      shr.s32 %r10, %r1, %r2;
      popc.b32 %r10, %r1;
      clz.b32 %r10, %r1;
      brev.b32 %r10, %r1;
      bfe.u32 %r10, %r1, %r2, %r3;
      bfe.s32 %r10, %r1, %r2, %r3;
      bfi.b32 %r10, %r1, %r2, %r3, %r2;
      prmt.b32 %r10, %r1, %r2, %r3;
      lop3.b32 %r10, %r1, %r2, %r3, 0xca;
      mov.u32 %r10, %r1;
      mov.s32 %r10, %r1;
      mov.b32 %r10, %f1;
      mov.f32 %f10, %f1;
      mov.b16 %h10, %h1;
      mov.u16 %h10, %h1;
      mov.u64 %d10, %d11;
      mov.s64 %d10, %d11;
      mov.b64 %d10, %d11;
      mov.b32 %r10, {%h1, %h1};
      mov.b32 {_, %h10}, %r1;
      mov.b64 %d10, {%r1, %r2};
      mov.b64 {%r10, _}, %d11;
      mov.pred %p10, %p1;
      not.pred %p10, %p1;
      and.pred %p10, %p1, %p2;
      or.pred %p10, %p1, %p2;
      xor.pred %p10, %p1, %p2;
      selp.b32 %r10, %r1, %r2, %p1;
      selp.u32 %r10, %r1, %r2, %p1;
      selp.s32 %r10, %r1, %r2, %p1;
      selp.f32 %f10, %f1, %f2, %p1;
      selp.b64 %d10, %d11, %d12, %p1;
      selp.u64 %d10, %d11, %d12, %p1;
      selp.s64 %d10, %d11, %d12, %p1;
      cvt.rn.bf16.f32 %h10, %f1;
      cvt.rn.f16.f32 %h10, %f1;
      cvt.rn.bf16x2.f32 %r10, %f1, %f2;
      cvt.rn.f16x2.f32 %r10, %f1, %f2;
      cvt.f32.f16 %f10, %h1;
      cvt.rna.tf32.f32 %r10, %f1;
      cvt.rn.f32.s32 %f10, %r1;
      cvt.rn.f32.u32 %f10, %r1;
      cvt.rzi.s32.f32 %r10, %f1;
      cvt.rni.s32.f32 %r10, %f1;
      cvt.rmi.s32.f32 %r10, %f1;
      cvt.rpi.s32.f32 %r10, %f1;
      cvt.rzi.u32.f32 %r10, %f1;
      cvt.rni.u32.f32 %r10, %f1;
      cvt.rmi.u32.f32 %r10, %f1;
      cvt.rpi.u32.f32 %r10, %f1;
      cvt.rzi.f32.f32 %f10, %f1;
      cvt.rni.f32.f32 %f10, %f1;
      cvt.rmi.f32.f32 %f10, %f1;
      cvt.rpi.f32.f32 %f10, %f1;
      cvt.u64.u32 %d10, %r1;
      cvt.s64.s32 %d10, %r1;
      cvt.u32.u64 %r10, %d11;
      cvt.s32.s64 %r10, %d11;
      cvt.u64.s64 %d10, %d11;
      cvt.s64.u64 %d10, %d11;
      cvt.u32.u16 %r10, %h1;
      cvt.s32.u16 %r10, %h1;
      cvt.u16.u32 %h10, %r1;
      cvt.s32.s16 %r10, %h1;
      cvt.u32.u8 %r10, %r1;
      cvt.s32.s8 %r10, %r1;
      setp.eq.u32 %p10, %r1, %r2;
      setp.ne.s32 %p10, %r1, %r2;
      setp.eq.b32 %p10, %r1, %r2;
      setp.lt.s32 %p10, %r1, %r2;
      setp.le.s32 %p10, %r1, %r2;
      setp.gt.s32 %p10, %r1, %r2;
      setp.ge.s32 %p10, %r1, %r2;
      setp.lo.u32 %p10, %r1, %r2;
      setp.ls.u32 %p10, %r1, %r2;
      setp.hi.u32 %p10, %r1, %r2;
      setp.hs.u32 %p10, %r1, %r2;
      setp.lt.u64 %p10, %d11, %d12;
      setp.ge.s64 %p10, %d11, %d12;
      setp.ne.b64 %p10, %d11, %d12;
      setp.eq.f32 %p10, %f1, %f2;
      setp.ne.f32 %p10, %f1, %f2;
      setp.lt.f32 %p10, %f1, %f2;
      setp.le.f32 %p10, %f1, %f2;
      setp.gt.f32 %p10, %f1, %f2;
      setp.ge.f32 %p10, %f1, %f2;
      setp.equ.f32 %p10, %f1, %f2;
      setp.neu.f32 %p10, %f1, %f2;
      setp.ltu.f32 %p10, %f1, %f2;
      setp.leu.f32 %p10, %f1, %f2;
      setp.gtu.f32 %p10, %f1, %f2;
      setp.geu.f32 %p10, %f1, %f2;
      setp.num.f32 %p10, %f1, %f2;
      setp.nan.f32 %p10, %f1, %f2;
      setp.lt.and.u32 %p10|%p11, %r1, %r2, %p1;
      setp.lt.or.f32 %p10, %f1, %f2, !%p1;
      setp.lt.xor.s32 %p10, %r1, %r2, %p2;
      add.rn.f32 %f10, %f1, %f2;
      sub.rn.f32 %f10, %f1, %f2;
      mul.rn.f32 %f10, %f1, %f2;
      fma.rn.f32 %f10, %f1, %f2, %f3;
      div.rn.f32 %f10, %f1, %f2;
      rcp.rn.f32 %f10, %f1;
      sqrt.rn.f32 %f10, %f1;
      min.f32 %f10, %f1, %f2;
      max.f32 %f10, %f1, %f2;
      neg.f32 %f10, %f1;
      abs.f32 %f10, %f1;
      shfl.sync.idx.b32 %r10|%p10, %r1, %r2, 31, 0xffffffff;
      shfl.sync.up.b32 %r10|%p10, %r1, 3, 0, 0xffffffff;
      shfl.sync.down.b32 %r10|%p10, %r1, 5, 0x181f, 0xffffffff;
      shfl.sync.bfly.b32 %r10, %r1, 16, 31, 0xffffffff;
      vote.sync.ballot.b32 %r10, %p1, 0xffffffff;
      vote.sync.any.pred %p10, %p1, 0xffffffff;
      vote.sync.all.pred %p10, %p1, 0xffffffff;
      vote.sync.uni.pred %p10, !%p1, 0xffffffff;
      redux.sync.add.u32 %r10, %r1, 0xffffffff;
      redux.sync.add.s32 %r10, %r1, 0xffffffff;
      redux.sync.min.u32 %r10, %r1, 0xffffffff;
      redux.sync.max.u32 %r10, %r1, 0xffffffff;
      redux.sync.min.s32 %r10, %r1, 0xffffffff;
      redux.sync.max.s32 %r10, %r1, 0xffffffff;
      redux.sync.and.b32 %r10, %r1, 0xffffffff;
      redux.sync.or.b32 %r10, %r1, 0xffffffff;
      redux.sync.xor.b32 %r10, %r1, 0xffffffff;
      """
          .lines()
          .toList();

  /** Approximations: a device may differ by a few units in the last place. */
  static final List<String> APPROXIMATE =
      """
      ex2.approx.ftz.f32 %f10, %f1;
      ex2.approx.f32 %f10, %f1;
      lg2.approx.ftz.f32 %f10, %f1;
      lg2.approx.f32 %f10, %f1;
      rcp.approx.ftz.f32 %f10, %f1;
      rcp.approx.f32 %f10, %f1;
      rsqrt.approx.ftz.f32 %f10, %f1;
      rsqrt.approx.f32 %f10, %f1;
      sqrt.approx.ftz.f32 %f10, %f1;
      sqrt.approx.f32 %f10, %f1;
      """
          .lines()
          .toList();

  /** What moves data or orders threads; %r5 is an address in shared memory, %d13 one of scratch. */
  static final List<String> MEMORY =
      """
      ld.global.nc.v4.u32 {%r10, %r11, %r12, %r13}, [%d0];
      ld.global.nc.L1::no_allocate.L2::128B.v4.f32 {%f10, %f11, %f12, %f13}, [%d0+16];
      ld.global.v2.b64 {%d10, %d14}, [%d0];
      ld.global.cg.u32 %r10, [%d0];
      ld.global.u8 %r10, [%d0];
      ld.global.s8 %r10, [%d0];
      ld.global.u16 %r10, [%d0];
      ld.global.s16 %r10, [%d0];
      ld.global.b16 %h10, [%d0];
      st.global.v4.b32 [%d13], {%r1, %r2, %r3, %r1};
      st.global.cs.v2.f32 [%d13], {%f1, %f2};
      st.global.b64 [%d13], %d11;
      st.global.u8 [%d13], %r1;
      st.global.b16 [%d13], %h1;
      st.shared.v4.b32 [%r5], {%r1, %r2, %r3, %r1};
      st.shared.u8 [%r5], %r1;
      st.shared.b16 [%r5+2], %h1;
      ld.shared.v2.u32 {%r10, %r11}, [%r5];
      ld.shared.s16 %r10, [%r5];
      ld.shared.b64 %d10, [%r5+8];
      bar.warp.sync 0xffffffff;
      bar.sync 0;
      bar.sync 1, 32;
      barrier.sync.aligned 0;
      membar.cta;
      membar.gl;
      membar.sys;
      fence.acq_rel.cta;
      fence.acq_rel.gpu;
      fence.acq_rel.sys;
      fence.sc.gpu;
      ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r10}, [%r5];
      ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%r10, %r11}, [%r5];
      ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r10, %r11, %r12, %r13}, [%r5];
      cp.async.ca.shared.global [%r5], [%d0], 4;
      cp.async.ca.shared.global.L2::128B [%r5], [%d0], 8, %r15;
      cp.async.cg.shared.global [%r5], [%d0], 16;
      cp.async.commit_group;
      cp.async.wait_group 0;
      cp.async.wait_all;
      atom.global.add.u32 %r10, [%d13], 1;
      atom.relaxed.gpu.global.inc.u32 %r10, [%d13], 5;
      atom.global.dec.u32 %r10, [%d13], 5;
      atom.global.min.s32 %r10, [%d13], %r1;
      atom.global.max.u32 %r10, [%d13], %r1;
      atom.global.and.b32 %r10, [%d13], %r1;
      atom.global.or.b32 %r10, [%d13], %r1;
      atom.global.xor.b32 %r10, [%d13], %r1;
      atom.global.exch.b32 %r10, [%d13], %r1;
      atom.acq_rel.gpu.global.cas.b32 %r10, [%d13], %r1, %r2;
      atom.global.add.u64 %d10, [%d13], %d11;
      red.global.add.u32 [%d13], 1;
      red.relaxed.gpu.global.max.s32 [%d13], %r1;
      atom.shared.add.u32 %r10, [%r5], 1;
      red.shared.min.u32 [%r5], %r1;
      mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f10, %f11, %f12, %f13}, {%r1, %r2, %r3, %r1}, {%r2, %r3}, {%f1, %f2, %f3, %f1};
      mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f10, %f11, %f12, %f13}, {%r1, %r2, %r3, %r1}, {%r2, %r3}, {%f1, %f2, %f3, %f1};
      mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32 {%f10, %f11, %f12, %f13}, {%r1, %r2}, {%r2}, {%f1, %f2, %f3, %f1};
      mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%f10, %f11, %f12, %f13}, {%r1, %r2}, {%r2}, {%f1, %f2, %f3, %f1};
      mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f10, %f11, %f12, %f13}, {%r1, %r2, %r3, %r1}, {%r2, %r3}, {%f1, %f2, %f3, %f1};
      cvta.to.global.u64 %d10, %d11;
      """
          .lines()
          .toList();

  private InstructionForms() {}

  /** One warp that runs {@code statements} and stores the results. */
  static PtxKernel kernel(List<String> statements) {
    String text =
        """
        .version 8.0
        .target sm_80
        .address_size 64
        .extern .shared .align 128 .b8 smem[];
        .visible .entry forms(.param .u64 in, .param .u64 out, .param .u64 scratch)
        .reqntid 32
        {
          .reg .b32 %r<20>;
          .reg .f32 %f<20>;
          .reg .b64 %d<20>;
          .reg .b16 %h<20>;
          .reg .pred %p<20>;
          ld.param.u64 %d0, [in];
          ld.param.u64 %d1, [out];
          ld.param.u64 %d2, [scratch];
          mov.u32 %r0, %tid.x;
          mad.wide.u32 %d3, %r0, 24, %d0;
          mad.wide.u32 %d4, %r0, 24, %d1;
          mad.wide.u32 %d13, %r0, 16, %d2;
          mov.u32 %r5, smem;
          mad.lo.u32 %r5, %r0, 16, %r5;
          ld.global.u32 %r1, [%d3];
          ld.global.u32 %r2, [%d3+4];
          ld.global.u32 %r3, [%d3+8];
          mov.b32 %f1, %r1; mov.b32 %f2, %r2; mov.b32 %f3, %r3;
          mov.b64 %d11, {%r1, %r2}; mov.b64 %d12, {%r3, %r1};
          mov.b32 {%h1, %h2}, %r1;
          setp.lt.s32 %p1, %r1, 0; setp.lt.s32 %p2, %r2, 0;
          mov.u32 %r10, 0; mov.f32 %f10, 0f00000000; mov.u64 %d10, 0; mov.u16 %h10, 0;
          setp.ne.u32 %p10, %r0, %r0;
          mov.u32 %r15, 4;
        """
            + String.join("\n", statements)
            + """

              selp.u32 %r16, 1, 0, %p10;
              cvt.u32.u16 %r17, %h10;
              mov.b64 {%r18, %r19}, %d10;
              st.global.u32 [%d4], %r10;
              st.global.f32 [%d4+4], %f10;
              st.global.u32 [%d4+8], %r18;
              st.global.u32 [%d4+12], %r19;
              st.global.u32 [%d4+16], %r16;
              st.global.u32 [%d4+20], %r17;
              ret;
            }
            """;
    return new PtxKernel(
        "forms",
        text,
        List.of(
            new KernelParameter("in", ParameterType.POINTER),
            new KernelParameter("out", ParameterType.POINTER),
            new KernelParameter("scratch", ParameterType.POINTER)),
        32,
        1024,
        PtxTarget.SM_80);
  }
}
