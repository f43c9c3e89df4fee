# slurp: a file's content as base64.

function Invoke-Module($Arguments) {
    $path = Expand-Path $Arguments.src
    $kind = Get-PathKind $path
    if ($kind -eq 'absent') {
        Stop-Module ('file not found: ' + $path)
    }
    if ([System.IO.Directory]::Exists($path)) {
        Stop-Module ('source is a directory and must be a file: ' + $path)
    }
    $content = [Convert]::ToBase64String([System.IO.File]::ReadAllBytes($path))
    return @{ changed = $false; content = $content; encoding = 'base64'; source = $path }
}
