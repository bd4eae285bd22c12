// SPDX-License-Identifier: Apache-2.0
// Images in batch-tiled memory [batch / T][channel][row][column][T] and the window that a convolution or a pooling slides over them.
struct Window {
    uint channels, outputs;      // of the input and of the output
    uint height, width;          // of the input
    uint outHeight, outWidth;
    uint kernelHeight, kernelWidth;
    uint strideY, strideX;
    uint padY, padX;
    uint batch, tile;
};
// Where sample n of pixel (y, x) of channel c lies.
uint imageIndex(uint n, uint c, uint y, uint x, uint channels, uint height, uint width, uint T) {
    return (((n / T * channels + c) * height + y) * width + x) * T + n % T;
}
