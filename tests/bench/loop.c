// What the machine can do: gradient descent on Rosenbrock's valley for E lanes, in blocks that fit the cache.
#define LANES 1024

void descend(long lanes, long steps, double *x0, double *y0, const double *rate, double *losses) {
  for (long s = 0; s < lanes; s += LANES) {
    long n = lanes - s < LANES ? lanes - s : LANES;
    double x[LANES], y[LANES], lr[LANES];
    for (long i = 0; i < n; i++) { x[i] = x0[s + i]; y[i] = y0[s + i]; lr[i] = rate[s + i]; }
    for (long t = 0; t < steps; t++) {
      double *loss = losses + t * lanes + s;
#pragma GCC ivdep
      for (long i = 0; i < n; i++) {
        double a = 1 - x[i], b = y[i] - x[i] * x[i];
        loss[i] = a * a + 100 * b * b;
        double gx = -2 * a - 400 * x[i] * b, gy = 200 * b;
        x[i] -= lr[i] * gx;
        y[i] -= lr[i] * gy;
      }
    }
    for (long i = 0; i < n; i++) { x0[s + i] = x[i]; y0[s + i] = y[i]; }
  }
}
