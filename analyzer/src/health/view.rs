//! What a camera's picture is like: brightness, edges, layout.

/// Width of the grey picture that is looked at.
pub const WIDTH: u16 = 320;
/// Height of the grey picture that is looked at.
pub const HEIGHT: u16 = 180;
const W: usize = WIDTH as usize;
const H: usize = HEIGHT as usize;
/// Blocks of the layout, across and down.
pub(super) const LAYOUT: (usize, usize) = (16, 9);
/// Weakest edge, as the sum of both Sobel responses; camera noise of 2 grey levels stays below 20.
const WEAKEST: f32 = 36.0;
/// Strongest threshold: a crisp picture has edges beyond it in plenty.
const STRONGEST: f32 = 110.0;
/// The threshold follows the picture's contrast, so that exposure changes no edges.
const BY_CONTRAST: f32 = 1.1;
/// Camera noise of 2 grey levels makes hardly any Laplacian response beyond this.
const NOISE: i32 = 16;
/// A picture with less contrast shows no detail, only noise.
const LEAST_CONTRAST: f32 = 12.0;
/// Edges that an old edge is looked for in may be weaker by this much.
const LENIENT: f32 = 0.75;

/// A picture reduced to what its health shows in.
#[derive(Debug, Clone)]
pub struct View {
    /// Mean grey level, 0..255.
    pub mean: f32,
    /// Standard deviation of grey levels.
    pub deviation: f32,
    /// How much fine detail it has, over its contrast.
    pub sharpness: f32,
    /// Whether it is an infrared picture, without colours.
    pub is_infrared: bool,
    pub(super) edges: Vec<bool>,
    pub(super) faint: Vec<bool>,
    pub(super) layout: Vec<f32>,
}

impl View {
    /// Returns the view of a grey picture of [`WIDTH`] x [`HEIGHT`], row-major; `None` for another size.
    #[must_use]
    pub fn of(grey: &[u8], is_infrared: bool) -> Option<Self> {
        if grey.len() != W * H {
            return None;
        }
        let n = grey.len() as f32;
        let mean = grey.iter().map(|&g| f32::from(g)).sum::<f32>() / n;
        let deviation = (grey.iter().map(|&g| (f32::from(g) - mean).powi(2)).sum::<f32>() / n).sqrt();
        let threshold = (BY_CONTRAST * deviation).clamp(WEAKEST, STRONGEST);
        let strength = sobel(grey);
        let over = |limit: f32| strength.iter().map(|&s| s >= limit).collect();
        let (edges, faint) = (over(threshold), over((threshold * LENIENT).max(WEAKEST * LENIENT)));
        let layout = layout(grey);
        let sharpness = detail(grey) / deviation.max(LEAST_CONTRAST);
        Some(Self { mean, deviation, sharpness, is_infrared, edges, faint, layout })
    }

    /// Returns how many pixels lie on an edge.
    #[must_use]
    pub fn edge_count(&self) -> usize {
        self.edges.iter().filter(|&&edge| edge).count()
    }
}

/// Returns the mean absolute difference of two pictures in grey levels.
#[must_use]
pub fn difference(a: &[u8], b: &[u8]) -> f32 {
    let sum: u64 = a.iter().zip(b).map(|(&a, &b)| u64::from(a.abs_diff(b))).sum();
    sum as f32 / a.len().max(1) as f32
}

/// Whether packed blue, green, red pixels have no colours, judged by every 97th of them.
#[must_use]
pub fn is_infrared(bgr: &[u8]) -> bool {
    let pixels = bgr.chunks_exact(3).step_by(97);
    let (mut sum, mut n) = (0u64, 0u64);
    for pixel in pixels {
        let (least, most) = (pixel.iter().min().copied().unwrap_or(0), pixel.iter().max().copied().unwrap_or(0));
        sum += u64::from(most - least);
        n += 1;
    }
    sum < 4 * n
}

fn sobel(grey: &[u8]) -> Vec<f32> {
    let mut strength = vec![0.0; W * H];
    for y in 1..H - 1 {
        let row = |y: usize| &grey[y * W..(y + 1) * W];
        let (above, here, below) = (row(y - 1), row(y), row(y + 1));
        for x in 1..W - 1 {
            let at = |row: &[u8], x: usize| i32::from(row[x]);
            let (nw, n, ne) = (at(above, x - 1), at(above, x), at(above, x + 1));
            let (w, e) = (at(here, x - 1), at(here, x + 1));
            let (sw, s, se) = (at(below, x - 1), at(below, x), at(below, x + 1));
            let across = ne + 2 * e + se - nw - 2 * w - sw;
            let down = sw + 2 * s + se - nw - 2 * n - ne;
            strength[y * W + x] = (across.abs() + down.abs()) as f32;
        }
    }
    strength
}

/// Returns the mean Laplacian response beyond what noise makes.
fn detail(grey: &[u8]) -> f32 {
    let mut sum = 0;
    for y in 1..H - 1 {
        for x in 1..W - 1 {
            let i = y * W + x;
            let at = |index: usize| i32::from(grey[index]);
            let response = (4 * at(i) - at(i - 1) - at(i + 1) - at(i - W) - at(i + W)).abs();
            sum += (response - NOISE).max(0);
        }
    }
    sum as f32 / (W * H) as f32
}

fn layout(grey: &[u8]) -> Vec<f32> {
    let (across, down) = (W / LAYOUT.0, H / LAYOUT.1);
    let mut sums = vec![0.0; LAYOUT.0 * LAYOUT.1];
    for (index, &g) in grey.iter().enumerate() {
        sums[index / W / down * LAYOUT.0 + index % W / across] += f32::from(g);
    }
    sums.iter_mut().for_each(|sum| *sum /= (across * down) as f32);
    sums
}
