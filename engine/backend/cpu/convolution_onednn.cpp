// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/convolution_onednn.h"

#ifdef FILIGREE_ONEDNN
#include <dnnl.hpp>
#endif

// Later major versions construct primitives in another way; with them f32 goes the way of f64.
#if defined(FILIGREE_ONEDNN) && DNNL_VERSION_MAJOR == 2

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "backend/cpu/library_threads.h"
#include "base/error.h"
#include "base/parallel.h"
#include "tensor/tensor.h"

namespace filigree::backend::cpu {
namespace {

using Index = std::int64_t;
using Description = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;

enum class Pass : Index { Forward, ForwardWithBias, Input, Weight };

const dnnl::engine& engine() {
    static const dnnl::engine instance(dnnl::engine::kind::cpu, 0);
    return instance;
}

dnnl::primitive_attr attributes() {
    // Scratch memory of our own: the library's belongs to the thread that made a primitive, and these are
    // shared.
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return attributes;
}

/// One array that a primitive reads or writes: how we hold it, how the primitive wants it, and the copy
/// between.
struct Operand {
    Operand() = default;
    Operand(Description ours, Description theirs, bool written)
        : held(std::move(ours)), wanted(std::move(theirs)) {
        if (held == wanted) return;
        const Description& from = written ? wanted : held;
        const Description& to = written ? held : wanted;
        const dnnl::reorder::primitive_desc plan(engine(), from, engine(), to, attributes());
        copy = dnnl::reorder(plan);
        scratch = plan.scratchpad_desc();
    }
    bool direct() const { return held == wanted; }

    Description held, wanted, scratch;
    dnnl::reorder copy;
};

/// A convolution of one block of a batch, ready to run on any thread.
struct Prepared {
    dnnl::primitive primitive;
    Operand image, weight, result;
    Description bias, scratch;
};

Description plain(const dnnl::memory::dims& sizes, Tag tag) {
    return Description(sizes, dnnl::memory::data_type::f32, tag);
}

Prepared prepare(const ConvolutionSizes& s, Index batch, Pass pass) {
    const bool grouped = s.options.groups > 1;
    const dnnl::memory::dims imageSizes{batch, s.channels, s.height, s.width};
    const dnnl::memory::dims resultSizes{batch, s.outputs, s.outHeight, s.outWidth};
    const dnnl::memory::dims weightSizes =
        grouped ? dnnl::memory::dims{s.options.groups, s.outputsEach(), s.channelsEach(), s.kernelHeight,
                                     s.kernelWidth}
                : dnnl::memory::dims{s.outputs, s.channels, s.kernelHeight, s.kernelWidth};
    const Description heldImage = plain(imageSizes, Tag::nchw), heldResult = plain(resultSizes, Tag::nchw),
                      heldWeight = plain(weightSizes, grouped ? Tag::goihw : Tag::oihw);
    const Description image = plain(imageSizes, Tag::any), result = plain(resultSizes, Tag::any),
                      weight = plain(weightSizes, Tag::any);
    const Description bias = pass == Pass::ForwardWithBias ? plain({s.outputs}, Tag::x) : Description();
    const dnnl::memory::dims stride{s.options.stride[0], s.options.stride[1]};
    const dnnl::memory::dims before{s.options.padding[0], s.options.padding[1]};
    // Behind the image there is only as much padding as the windows reach.
    const dnnl::memory::dims behind{(s.outHeight - 1) * stride[0] + s.kernelHeight - s.height - before[0],
                                    (s.outWidth - 1) * stride[1] + s.kernelWidth - s.width - before[1]};
    constexpr auto direct = dnnl::algorithm::convolution_direct;

    const dnnl::convolution_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, direct, image, weight, bias, result, stride, before, behind},
        attributes(), engine());
    switch (pass) {
        case Pass::Forward:
        case Pass::ForwardWithBias:
            return {dnnl::convolution_forward(forward),
                    {heldImage, forward.src_desc(), false},
                    {heldWeight, forward.weights_desc(), false},
                    {heldResult, forward.dst_desc(), true},
                    bias,
                    forward.scratchpad_desc()};
        case Pass::Input: {
            const dnnl::convolution_backward_data::primitive_desc plan(
                {direct, image, weight, result, stride, before, behind}, attributes(), engine(), forward);
            return {dnnl::convolution_backward_data(plan),
                    {heldImage, plan.diff_src_desc(), true},
                    {heldWeight, plan.weights_desc(), false},
                    {heldResult, plan.diff_dst_desc(), false},
                    {},
                    plan.scratchpad_desc()};
        }
        case Pass::Weight:
            break;
    }
    const dnnl::convolution_backward_weights::primitive_desc plan(
        {direct, image, weight, result, stride, before, behind}, attributes(), engine(), forward);
    return {dnnl::convolution_backward_weights(plan),
            {heldImage, plan.src_desc(), false},
            {heldWeight, plan.diff_weights_desc(), true},
            {heldResult, plan.diff_dst_desc(), false},
            {},
            plan.scratchpad_desc()};
}

/// Making a primitive compiles code: each is made once and kept.
std::shared_ptr<const Prepared> prepared(const ConvolutionSizes& s, Index batch, Pass pass) {
    using Key = std::array<Index, 13>;
    static std::mutex mutex;
    static std::map<Key, std::shared_ptr<const Prepared>> made;
    constexpr std::size_t most = 512;
    const Key key{static_cast<Index>(pass),
                  batch,
                  s.channels,
                  s.height,
                  s.width,
                  s.outputs,
                  s.kernelHeight,
                  s.kernelWidth,
                  s.options.stride[0],
                  s.options.stride[1],
                  s.options.padding[0],
                  s.options.padding[1],
                  s.options.groups};
    const std::lock_guard lock(mutex);
    auto found = made.find(key);
    if (found == made.end()) {
        if (made.size() >= most) made.clear();
        found = made.emplace(key, std::make_shared<const Prepared>(prepare(s, batch, pass))).first;
    }
    return found->second;
}

/// Memory of ours, which unlike the library's is there already in every step but the first.
class Buffer {
  public:
    explicit Buffer(const Description& description)
        : floats_(Tensor::empty({static_cast<Index>((description.get_size() + 3) / 4)})),
          memory_(description, engine(), floats_.data<float>()) {}
    const dnnl::memory& memory() const { return memory_; }

  private:
    Tensor floats_;
    dnnl::memory memory_;
};

/// Memory of one operand while a primitive runs.
class Bound {
  public:
    Bound(const Operand& operand, const float* data, bool written, const dnnl::stream& stream)
        : operand_(operand),
          // oneDNN takes read-only arrays as non-const pointers.
          held_(operand.held, engine(), const_cast<float*>(data)),
          stream_(stream) {
        if (operand.direct()) {
            used_ = held_;
            return;
        }
        buffer_.emplace(operand.wanted);
        used_ = buffer_->memory();
        if (!written) run(held_, used_);
    }
    void writeBack() {
        if (!operand_.direct()) run(used_, held_);
    }
    const dnnl::memory& memory() const { return used_; }

  private:
    void run(const dnnl::memory& from, const dnnl::memory& to) {
        const Buffer scratch(operand_.scratch);
        operand_.copy.execute(
            stream_, {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}, {DNNL_ARG_SCRATCHPAD, scratch.memory()}});
    }

    const Operand& operand_;
    std::optional<Buffer> buffer_;
    dnnl::memory held_;
    dnnl::memory used_;
    dnnl::stream stream_;
};

/// Splits the batch into one block per thread and calls body(block, first sample, samples), oneDNN kept on
/// one thread.
template <typename Body>
void forEachBlock(const ConvolutionSizes& s, Index blocks, Body&& body) {
    parallelFor(0, blocks, 1, [&](Index firstBlock, Index lastBlock) {
        const SingleThreadedLibrary here;
        try {
            for (Index b = firstBlock; b < lastBlock; ++b) {
                const Index first = s.batch * b / blocks;
                body(b, first, s.batch * (b + 1) / blocks - first);
            }
        } catch (const dnnl::error& error) {
            throw Error(ErrorKind::Run, std::string("the convolution failed: ") + error.what(),
                        "oneDNN status " + std::to_string(static_cast<int>(error.status)));
        }
    });
}

Index blocksOf(const ConvolutionSizes& s) {
    return std::min<Index>(s.batch, threadCount());
}

}  // namespace

bool hasLibraryConvolution() {
    return true;
}

void convolveByLibrary(const ConvolutionSizes& s, const float* x, const float* weight, const float* bias,
                       float* y) {
    forEachBlock(s, blocksOf(s), [&](Index, Index first, Index samples) {
        const auto plan = prepared(s, samples, bias ? Pass::ForwardWithBias : Pass::Forward);
        dnnl::stream stream(engine());
        const Buffer scratch(plan->scratch);
        const Bound image(plan->image, x + first * s.imageSize(), false, stream);
        const Bound kernel(plan->weight, weight, false, stream);
        Bound result(plan->result, y + first * s.resultSize(), true, stream);
        std::unordered_map<int, dnnl::memory> arguments{{DNNL_ARG_SRC, image.memory()},
                                                        {DNNL_ARG_WEIGHTS, kernel.memory()},
                                                        {DNNL_ARG_DST, result.memory()},
                                                        {DNNL_ARG_SCRATCHPAD, scratch.memory()}};
        if (bias)
            arguments.emplace(DNNL_ARG_BIAS, dnnl::memory(plan->bias, engine(), const_cast<float*>(bias)));
        plan->primitive.execute(stream, arguments);
        result.writeBack();
        stream.wait();
    });
}

void inputGradientByLibrary(const ConvolutionSizes& s, const float* gradY, const float* weight,
                            float* gradX) {
    forEachBlock(s, blocksOf(s), [&](Index, Index first, Index samples) {
        const auto plan = prepared(s, samples, Pass::Input);
        dnnl::stream stream(engine());
        const Buffer scratch(plan->scratch);
        Bound image(plan->image, gradX + first * s.imageSize(), true, stream);
        const Bound kernel(plan->weight, weight, false, stream);
        const Bound result(plan->result, gradY + first * s.resultSize(), false, stream);
        plan->primitive.execute(stream, {{DNNL_ARG_DIFF_SRC, image.memory()},
                                         {DNNL_ARG_WEIGHTS, kernel.memory()},
                                         {DNNL_ARG_DIFF_DST, result.memory()},
                                         {DNNL_ARG_SCRATCHPAD, scratch.memory()}});
        image.writeBack();
        stream.wait();
    });
}

void weightGradientByLibrary(const ConvolutionSizes& s, const float* x, const float* gradY,
                             float* gradWeight) {
    const Index blocks = blocksOf(s);
    std::vector<float> others(static_cast<std::size_t>((blocks - 1) * s.weightSize()));
    forEachBlock(s, blocks, [&](Index block, Index first, Index samples) {
        const auto plan = prepared(s, samples, Pass::Weight);
        dnnl::stream stream(engine());
        const Buffer scratch(plan->scratch);
        float* const sum = block == 0 ? gradWeight : others.data() + (block - 1) * s.weightSize();
        const Bound image(plan->image, x + first * s.imageSize(), false, stream);
        Bound kernel(plan->weight, sum, true, stream);
        const Bound result(plan->result, gradY + first * s.resultSize(), false, stream);
        plan->primitive.execute(stream, {{DNNL_ARG_SRC, image.memory()},
                                         {DNNL_ARG_DIFF_WEIGHTS, kernel.memory()},
                                         {DNNL_ARG_DIFF_DST, result.memory()},
                                         {DNNL_ARG_SCRATCHPAD, scratch.memory()}});
        kernel.writeBack();
        stream.wait();
    });
    for (Index b = 1; b < blocks; ++b) {
        const float* const part = others.data() + (b - 1) * s.weightSize();
        for (Index i = 0; i < s.weightSize(); ++i) gradWeight[i] += part[i];
    }
}

}  // namespace filigree::backend::cpu

#else

#include "base/error.h"

namespace filigree::backend::cpu {
namespace {

[[noreturn]] void fail() {
    throw Error(ErrorKind::Run, "this build has no library for convolutions");
}

}  // namespace

bool hasLibraryConvolution() {
    return false;
}
void convolveByLibrary(const ConvolutionSizes&, const float*, const float*, const float*, float*) {
    fail();
}
void inputGradientByLibrary(const ConvolutionSizes&, const float*, const float*, float*) {
    fail();
}
void weightGradientByLibrary(const ConvolutionSizes&, const float*, const float*, float*) {
    fail();
}

}  // namespace filigree::backend::cpu

#endif
