"""The export dialog of the page, worked by tests, and what its films show."""

import base64

from playwright.sync_api import expect

WAIT = 15_000  # milliseconds, on a busy machine
IN_GIF = """async (data) => {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const decoder = new ImageDecoder({ data: bytes, type: 'image/gif' });
    await decoder.tracks.ready;
    await decoder.completed;
    const { frameCount, repetitionCount } = decoder.tracks.selectedTrack;
    const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const seen = new Set();
    for (let frameIndex = 0; frameIndex < frameCount; frameIndex++) {
        const { image } = await decoder.decode({ frameIndex });
        [pen.canvas.width, pen.canvas.height] = [image.displayWidth, image.displayHeight];
        pen.drawImage(image, 0, 0);
        const numbers = new Uint32Array(pen.getImageData(0, 0, pen.canvas.width, pen.canvas.height).data.buffer);
        seen.add(numbers.reduce((hash, value) => (Math.imul(hash, 31) + value) | 0, 0));
        var hold = image.duration;
        image.close();
    }
    const { width, height } = pen.canvas;
    return { frames: frameCount, different: seen.size, forever: repetitionCount === Infinity, width, height, hold };
}"""
IN_WEBM = """async (data) => {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const video = document.createElement('video');
    video.src = URL.createObjectURL(new Blob([bytes], { type: 'video/webm' }));
    video.muted = true;
    document.body.append(video);
    await video.play();
    const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const [width, height] = [pen.canvas.width, pen.canvas.height] = [video.videoWidth, video.videoHeight];
    const seen = new Set();
    let blue = 0;
    while (!video.ended) {
        pen.drawImage(video, 0, 0);
        const numbers = new Uint32Array(pen.getImageData(0, 0, width, height).data.buffer);
        seen.add(numbers.reduce((hash, value) => (Math.imul(hash, 31) + value) | 0, 0));
        const is = (at, value) => Math.abs(at - value) <= 6;
        blue = numbers.filter((p) => is(p & 255, 0) && is((p >> 8) & 255, 114) && is((p >> 16) & 255, 178)).length;
        await new Promise((done) => setTimeout(done, 40));
    }
    return { different: seen.size, blue, width, height, seconds: video.duration };
}"""


def open_export(page):
    page.get_by_role("button", name="Export").press("Enter")
    expect(page.get_by_role("dialog", name="Export")).to_be_visible(timeout=WAIT)


def saved(page, kind, folder, suffix=None):
    """Press a button of the export, and return the file that comes of it."""
    with page.expect_download(timeout=2 * WAIT) as download:
        page.locator("dialog.export").get_by_role("button", name=kind, exact=True).press("Enter")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    assert path.suffix == f".{suffix or kind.lower()}"
    return path


def choose_film(page, speed="8"):
    page.locator("dialog.export select[name=size]").select_option("small")
    page.locator("dialog.export select[name=speed]").select_option(speed)


def in_gif(page, path):
    """Return what the browser finds in a GIF: how many frames, how many that differ, and their size."""
    return page.evaluate(IN_GIF, base64.b64encode(path.read_bytes()).decode())


def in_webm(chromium, path):
    """Play a video to its end and return what was seen: how many pictures that differ, their size, and for how long.

    ``blue``: how many pixels of the last have the colour of the first run, 0072b2.
    """
    page = chromium.new_page()
    seen = page.evaluate(IN_WEBM, base64.b64encode(path.read_bytes()).decode())
    page.close()
    return seen
